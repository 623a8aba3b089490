"""Real rows to build a person's own files from."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightning_contrast.sources.bbc_news import BBCNews
from lightning_contrast.sources.digits import Digits


@pytest.fixture(scope="session")
def articles() -> list[tuple[str, str]]:
    """Twelve articles (text, class) of each of three classes, with their commas and line ends."""
    rows = BBCNews().load()
    picked = [np.flatnonzero(rows.label == number)[:12] for number in (0, 3, 4)]
    return [(rows.raw[i], rows.classes[rows.label[i]]) for i in np.stack(picked, axis=1).ravel()]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of digits as PNG and JPEG, six of each of three classes."""
    digits = Digits().load()
    for number in range(3):
        (tmp_path / f"digit {number}" / "deep").mkdir(parents=True)
        rows = np.flatnonzero(digits.label == number)[:6]
        for place, pixels in enumerate(digits.raw[rows].numpy()):
            image = Image.fromarray(pixels[0])
            if place % 2:
                image.save(tmp_path / f"digit {number}" / f"{place}.png")
            else:
                image = image.resize((40, 24)).convert("RGB")
                image.save(tmp_path / f"digit {number}" / "deep" / f"{place}.JPG")
    return tmp_path
