"""Contrastive classifier of texts."""

from collections.abc import Sequence
from typing import Any

from lightning_contrast.errors import InputError
from lightning_contrast.modules.classifier import ContrastiveClassifier


class TextContrastiveClassifier(ContrastiveClassifier):
    """A contrastive classifier whose rows are texts; its ``preprocess`` is the ``Tokenizer``.

    ``TextContrastiveClassifier.load("best.ckpt").predict(["Shares fell on Monday."])``
    """

    modality = "text"

    def check(self, raw: Sequence[Any], first_row: int = 0) -> None:
        check_texts(raw, first_row)


def check_texts(texts: Any, first_row: int = 0) -> None:
    """Raises ``InputError`` unless the argument is a sequence of texts.

    >>> check_texts(["a", " "])
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: row 1 is not a text but ' ': remove or fill it
    """
    if isinstance(texts, str):
        raise InputError("expected a list of texts, got one string: put it in brackets")
    if not len(texts):
        raise InputError("got no texts: give at least one")
    for row, text in enumerate(texts, first_row):
        if not isinstance(text, str) or not text.strip():
            raise InputError(f"row {row} is not a text but {text!r}: remove or fill it")
