"""The rows of a split that can be judged."""

from lightning_contrast.types import Embedded


def labelled(split: Embedded) -> Embedded:
    """The rows of a split that have a label."""
    kept = split.label >= 0
    return split if bool(kept.all()) else Embedded(*(column[kept] for column in split))
