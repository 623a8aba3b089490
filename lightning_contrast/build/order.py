"""Checks that an encoder sees what its negatives differ in."""

from typing import Any

from lightning_contrast.config.part import Run, name_of
from lightning_contrast.errors import InputError


def check_order(run: Run, encoder: Any) -> None:
    """Raises ``InputError`` where negatives differ in the order of words alone, and the encoder
    sees none."""
    if run.contrast_weight and run.negatives.writes_texts and not encoder.sees_order:
        raise InputError(
            f"negatives {name_of(run.negatives)} differ from captions in the order of words, which "
            "a bag of single words does not see: set encoder.towers.text.ngrams=2 "
            "(encoder.ngrams=2), or encoder@encoder.towers.text=transformer"
        )
