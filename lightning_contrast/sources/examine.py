"""Every image file decoded once, small and in threads, before training starts."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from lightning_contrast.sources.bad_rows import keep_usable
from lightning_contrast.sources.images import Files, fingerprint, undecodable


class Examined(NamedTuple):
    """``keep``: numbers of the usable files; ``keys``: their fingerprints, uint64."""

    keep: np.ndarray
    keys: np.ndarray


def examine(files: Files, skip_bad_rows: bool, names: Sequence[str]) -> Examined:
    """Which of the files decode, and what they show.

    Raises ``InputError`` that names the first file which does not decode, unless told to skip.

    >>> examine([b"not an image"], skip_bad_rows=True, names=["row 1"]).keep.tolist()
    []
    """

    def look(row: int) -> int | str:
        try:
            return fingerprint(files[row])
        except Exception as error:  # Pillow's decoders raise a dozen kinds
            return undecodable(names[row], error)

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as pool:
        seen = list(pool.map(look, range(len(files))))
    bad = {row: what for row, what in enumerate(seen) if isinstance(what, str)}
    keep = keep_usable(bad, len(seen), skip_bad_rows)
    return Examined(keep, np.array([seen[row] for row in keep], dtype=np.uint64))
