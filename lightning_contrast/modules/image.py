"""Contrastive classifier of images."""

from lightning_contrast.modules.classifier import ContrastiveClassifier


class ImageContrastiveClassifier(ContrastiveClassifier):
    """A contrastive classifier of images: its network's preprocess is an ``ImageReader``."""

    modality = "image"
