"""Decodes every image file once, at a small size and in threads, before training starts."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from lightning_contrast.files.bad_rows import keep_usable
from lightning_contrast.files.decoding import MAX_PIXELS, fingerprint, undecodable
from lightning_contrast.files.images import Files

AT_ONCE = 256  # files that a thread is given: a task for each takes memory and time of its own


class Examined(NamedTuple):
    """``keep``: numbers of the usable files; ``prints``: their fingerprints, uint64, followed by
    those of their pairs, if there are any."""

    keep: np.ndarray
    prints: np.ndarray


def examine(
    files: Files,
    skip_bad_rows: bool,
    names: Sequence[str],
    pairs: Sequence[str] = (),
    max_pixels: int = MAX_PIXELS,
) -> Examined:
    """The files that can be decoded, with their fingerprints; with ``pairs``, both must decode.

    Raises ``InputError`` that names the first file that can't be decoded, unless
    ``skip_bad_rows``.

    >>> examine([b"not an image"], skip_bad_rows=True, names=["row 1"]).keep.tolist()
    []
    """

    rows = len(files)

    def look(place: int) -> int | str:
        row = place % rows
        try:
            return fingerprint(files[row] if place < rows else pairs[row], max_pixels)
        except Exception as error:  # Pillow's decoders raise a dozen kinds
            if not isinstance(error, FileNotFoundError):
                return undecodable(names[row] if place < rows else pairs[row], error)
            if place < rows:
                return f"{names[row]} is a link to a file that does not exist"
            return f"{names[row]} has no pair: {pairs[row]} does not exist"

    both = range(rows + len(pairs))
    parts = [both[start : start + AT_ONCE] for start in both[::AT_ONCE]]
    seen: list[int | str] = []
    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        for found in pool.map(lambda part: [look(place) for place in part], parts):
            seen += found
    bad = {place % rows: what for place, what in enumerate(seen) if isinstance(what, str)}
    keep = keep_usable(bad, rows, skip_bad_rows)
    places = np.append(keep, keep + rows) if pairs else keep
    return Examined(keep, np.array([seen[place] for place in places], dtype=np.uint64))
