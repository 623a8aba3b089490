"""Stores that make negatives, for tests."""

from typing import Any

from lightning_contrast.candidates.store import Store
from lightning_contrast.config.construct import construct, locate
from lightning_contrast.pairings.label import Label
from tests.choices import config, names

MAKERS = [name for name in names("candidates") if locate(config("candidates", name)).makes_rows]


def maker(name: str, width: int = 6, pairing: Any = None, **settings: Any) -> Store:
    """The store as its YAML has it, but for these settings."""
    values = config("candidates", name) | settings
    return construct(values, pairing=pairing or Label(), embedding_size=width)
