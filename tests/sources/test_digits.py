"""The real digits."""

import numpy as np
import torch

from lightning_contrast.sources.digits import Digits


def test_the_grey_levels_are_spread_over_a_byte() -> None:
    rows = Digits().load()
    everything = rows.raw[np.arange(1797)]
    assert everything.dtype == torch.uint8
    assert len(torch.unique(everything)) == 17
    assert (int(everything.min()), int(everything.max())) == (0, 255)


def test_every_digit_has_its_rows() -> None:
    assert np.bincount(Digits().load().label).tolist() == [
        178, 182, 177, 183, 181, 182, 181, 179, 174, 180,
    ]  # fmt: skip
