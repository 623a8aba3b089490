"""Contrastive classifier of images and texts."""

from lightning_contrast.modules.classifier import ContrastiveClassifier


class MixedContrastiveClassifier(ContrastiveClassifier):
    """Trains an encoder for each modality into one space: the network's preprocess is a
    ``MixedReader``."""

    modality = "mixed"
