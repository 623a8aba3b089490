"""Contrastive classifier of texts."""

from lightning_contrast.modules.classifier import ContrastiveClassifier


class TextContrastiveClassifier(ContrastiveClassifier):
    """A contrastive classifier of texts: its network's preprocess is a ``Tokenizer``."""

    modality = "text"
