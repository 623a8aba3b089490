"""Files in the format of MNIST, whole and damaged."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.sources.digits import Digits
from lightning_contrast.sources.idx import Idx


def idx_bytes(array: np.ndarray) -> bytes:
    shape = np.array(array.shape, dtype=">i4").tobytes()
    return bytes([0, 0, 8, array.ndim]) + shape + array.tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The real digits, 1,500 and 297 of them, as IDX files; the test ones gzipped."""
    rows = Digits().load()
    pixels = rows.raw[np.arange(1797)].numpy()[:, 0]
    for part, here in (("train", slice(1500)), ("t10k", slice(1500, None))):
        for kind, array in (("images-idx3", pixels), ("labels-idx1", rows.label.astype(np.uint8))):
            data = idx_bytes(array[here])
            end = "" if part == "train" else ".gz"
            (tmp_path / f"{part}-{kind}-ubyte{end}").write_bytes(
                gzip.compress(data) if end else data
            )
    return tmp_path


def test_it_reads_what_was_written(folder: Path) -> None:
    rows, digits = Idx(str(folder)).load(), Digits().load()
    every = np.arange(1797)
    assert (rows.raw[every] == digits.raw[every]).all()
    assert (rows.label == digits.label).all()
    assert rows.classes == digits.classes
    assert np.flatnonzero(rows.split == 2)[0] == 1500


def test_names_of_classes_must_be_enough(folder: Path) -> None:
    assert Idx(str(folder), classes=list("abcdefghij")).load().classes[9] == "j"
    with pytest.raises(InputError, match="must name 10 classes, got 2"):
        Idx(str(folder), classes=["a", "b"]).load()


@pytest.mark.parametrize(
    ("name", "damage", "says"),
    [
        ("train-images-idx3-ubyte", lambda data: data[:-1], "it is cut off"),
        ("train-images-idx3-ubyte", lambda data: b"\0\0\x0d" + data[3:], "must start with"),
        ("train-labels-idx1-ubyte", lambda data: b"", "got an empty file"),
        ("train-labels-idx1-ubyte", lambda data: idx_bytes(np.zeros(3, np.uint8)), "must match"),
        ("t10k-images-idx3-ubyte.gz", lambda data: data[:-100], "it is damaged"),
        ("t10k-images-idx3-ubyte.gz", lambda data: b"no gzip", "it is damaged"),
        ("t10k-labels-idx1-ubyte.gz", None, "t10k-labels-idx1-ubyte does not exist"),
    ],
)
def test_a_damaged_or_missing_file_is_named(folder: Path, name: str, damage, says: str) -> None:  # type: ignore[no-untyped-def]
    file = folder / name
    if damage is None:
        file.unlink()
    else:
        file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(InputError, match=says):
        Idx(str(folder)).load()
