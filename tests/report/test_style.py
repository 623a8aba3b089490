"""The colours of classes in a picture."""

import numpy as np
from matplotlib.colors import to_rgb

from lightning_contrast.report.style import NAMED, colours


def lab(colour: str) -> np.ndarray:
    """CIELAB of an sRGB colour, white point D65."""
    value = np.array(to_rgb(colour))
    linear = np.where(value > 0.04045, ((value + 0.055) / 1.055) ** 2.4, value / 12.92)
    to_xyz = [[0.4124, 0.2126, 0.0193], [0.3576, 0.7152, 0.1192], [0.1805, 0.0722, 0.9505]]
    white = linear @ np.array(to_xyz) / [0.9505, 1, 1.089]
    x, y, z = np.where(white > 0.008856, np.cbrt(white), 7.787 * white + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_twenty_classes_have_colours_that_are_far_apart_and_seen_on_white():
    places = np.array([lab(str(colour)) for colour in colours(20)])
    distance = np.linalg.norm(places[:, None] - places, axis=2) + 1000 * np.eye(20)
    assert distance.min() > 30 and distance[:10, :10].min() > 40
    assert len(NAMED) == 20 and (places[:, 0] < 80).all()
