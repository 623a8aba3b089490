"""Vectors of a frozen network: computed once, and kept on disk by hashes of the rows' content."""

from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.runtime.atomic import replacing
from lightning_contrast.runtime.lock import in_turn
from lightning_contrast.runtime.pace import tracked

PART = 2048  # rows of a file; an interrupted run loses at most this many
SUFFIX = ".npz"


def kept_vectors(
    embed: Callable[[np.ndarray], np.ndarray],
    keys: np.ndarray,
    width: int,
    folder: Path | None,
    what: str = "vectors",
    quiet: bool = True,
) -> np.ndarray:
    """A float32 vector for each row, ``(n, width)``; ``keys (n,)`` uint64 are content hashes.

    ``embed(places) -> (rows, width)`` computes the vectors that ``folder`` does not hold, once for
    equal rows. They are saved there, ``PART`` rows a file, so that an interrupted run can resume.
    Among several processes one computes and the others wait. ``folder`` must belong to one way of
    embedding; with ``None`` nothing is saved.

    Raises:
        InputError: a file in the folder can't be read, or holds vectors of another width or such
            that are not finite.

    >>> def embed(places):
    ...     print(len(places), "rows")
    ...     return np.ones((len(places), 2))
    >>> kept_vectors(embed, np.array([7, 8, 7], dtype=np.uint64), width=2, folder=None).shape
    2 rows
    (3, 2)
    """
    first, place = np.unique(keys, return_index=True, return_inverse=True)[1:]
    own = keys[first]
    if folder is None:
        found = _computed(embed, first, width, None, own, what, quiet)
        return found[place]
    with in_turn(folder):
        found = np.zeros((len(own), width), dtype=np.float32)
        missing = np.ones(len(own), dtype=bool)
        for file in sorted(folder.glob(f"*{SUFFIX}")):
            key, vector = _read(file, width)
            at = np.searchsorted(own, key).clip(max=len(own) - 1)
            known = own[at] == key
            found[at[known]], missing[at[known]] = vector[known], False
        if missing.any():
            made = _computed(embed, first[missing], width, folder, own[missing], what, quiet)
            found[missing] = made
    return found[place]


def _computed(
    embed: Callable[[np.ndarray], np.ndarray],
    rows: np.ndarray,
    width: int,
    folder: Path | None,
    keys: np.ndarray,
    what: str,
    quiet: bool,
) -> np.ndarray:
    found = np.zeros((len(rows), width), dtype=np.float32)
    for start in tracked(range(0, len(rows), PART), what, quiet):
        part = slice(start, start + PART)
        found[part] = embed(rows[part])
        if folder is not None:
            name = blake2b(keys[part].tobytes(), digest_size=8).hexdigest()
            with replacing(folder / f"{name}{SUFFIX}") as file:
                np.savez(file, key=keys[part], vector=found[part])
    return found


def _read(file: Path, width: int) -> tuple[np.ndarray, np.ndarray]:
    try:
        with np.load(file, allow_pickle=False) as kept:
            key, vector = kept["key"], kept["vector"].astype(np.float32, casting="same_kind")
    except Exception as error:  # zipfile, numpy and the system have many kinds
        raise InputError(
            f"{file} can't be read as kept vectors ({type(error).__name__}): delete it, and they "
            "are computed anew"
        ) from error
    if key.dtype != np.uint64 or vector.shape != (key.size, width) or key.ndim != 1:
        raise InputError(
            f"{file} holds vectors of shape {vector.shape}, not ({key.size}, {width}), or no keys "
            "of rows: delete it, and they are computed anew"
        )
    if not np.isfinite(vector).all():
        raise InputError(
            f"{file} holds vectors that are not finite: delete it, and they are computed anew"
        )
    return key, vector
