"""Images side by side."""

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_contrast.report.grid import grid, save_grid


@pytest.mark.parametrize("channels", [1, 3])
def test_each_image_stands_in_its_cell(tmp_path, channels):
    images = torch.rand(5, channels, 4, 6)
    found = grid(images, columns=3)
    for number, image in enumerate(images):
        top, left = 2 + number // 3 * 6, 2 + number % 3 * 8
        cell = found[:, top : top + 4, left : left + 6]
        assert torch.equal(cell, (image * 255).round().to(torch.uint8))
    save_grid(images, 3, tmp_path / "a" / "grid.png")
    with Image.open(tmp_path / "a" / "grid.png") as picture:
        read = torch.from_numpy(np.array(picture))
    assert torch.equal(read if channels == 1 else read.permute(2, 0, 1), found.squeeze(0))
