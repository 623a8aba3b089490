"""Converts pixels of any depth to bytes."""

import warnings
from functools import cache

import numpy as np

DEPTHS = (8, 10, 12, 14, 16, 24, 32)
"""Bits a pixel that cameras, scanners and programs write."""


def as_bytes(values: np.ndarray, container: int | None = None) -> np.ndarray:
    """Integers or floats of one channel as uint8, scaled from an assumed range.

    Floats within [0, 1] or [-1, 1] are scaled from that range. Other values without negative ones
    are scaled from the smallest depth of ``DEPTHS`` that holds the largest value. Values with
    negative ones, or larger than any depth, are scaled from their own minimum and maximum. A
    warning names the assumed range, unless it is that of 8 bits or of the ``container``. NaN
    becomes 0.

    >>> as_bytes(np.array([0, 2048, 40000], dtype=np.uint16), container=16).tolist()
    [0, 8, 156]
    >>> as_bytes(np.array([0.0, 0.5, 1.0])).tolist()
    [0, 128, 255]
    """
    finite = np.nan_to_num(values, nan=0, posinf=0, neginf=0)
    low, high = finite.min(initial=0), finite.max(initial=0)
    if values.dtype.kind == "f" and low >= -1 and high <= 1:
        return np.rint((finite - (low < 0) * -1.0) * (127.5 if low < 0 else 255)).astype(np.uint8)
    if low < 0 or high >= 2 ** DEPTHS[-1]:
        _warn("from the lowest to the highest of each image")
        low, high = float(low), float(high)
        return np.rint((finite.astype(float) - low) * (255 / (high - low))).astype(np.uint8)
    bits = next(bits for bits in DEPTHS if high < 2**bits)
    if bits not in (8, container):
        _warn(f"0 to {2**bits - 1} ({bits} bits)")
    return np.floor(finite / 2 ** (bits - 8)).astype(np.uint8)


@cache  # once, also where a library has reset what Python keeps of told warnings
def _warn(said: str) -> None:
    warnings.warn(
        f"some images have more than 8 bits a pixel. Their range is taken to be {said}: save them "
        "with 8 bits if it is another",
        stacklevel=1,
    )
