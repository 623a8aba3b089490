"""How long a run is where nobody says it."""

import numpy as np
import pytest

from lightning_contrast.build.length import with_length
from lightning_contrast.data.image import ImageDataModule
from lightning_contrast.data.mixed import MixedDataModule
from lightning_contrast.data.prepare import Splits
from lightning_contrast.data.text import TextDataModule
from lightning_contrast.sources.digits import Digits
from tests.runs import composed


def data(kind: type, rows: int):
    module = kind(Digits())
    module.splits = Splits(None, np.arange(rows), *[None] * (len(Splits._fields) - 2))
    return module


@pytest.mark.parametrize(
    ("kind", "rows", "epochs"),
    [
        (ImageDataModule, 100, 20),
        (ImageDataModule, 16_000, 20),
        (ImageDataModule, 54_000, 6),
        (ImageDataModule, 10_000_000, 3),
        (TextDataModule, 100, 10),
        (TextDataModule, 3_000, 10),
        (TextDataModule, 7_000, 5),
        (TextDataModule, 250_000, 3),
        (MixedDataModule, 5_000, 20),
    ],
)
def test_the_more_rows_the_fewer_epochs(kind, rows, epochs):
    run = composed("modality=image")
    assert run["trainer"]["max_epochs"] is None
    assert with_length(run, data(kind, rows))["trainer"]["max_epochs"] == epochs
    assert run["trainer"]["max_epochs"] is None


@pytest.mark.parametrize(("words", "epochs"), [("max_epochs=7", 7), ("max_steps=9", -1)])
def test_what_was_said_stays(words, epochs):
    run = with_length(composed(f"trainer.{words}"), data(TextDataModule, 100))
    assert run["trainer"]["max_epochs"] == epochs
