"""Where Fashion-MNIST is looked for, with the network replaced by local files."""

import gzip
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.sources import fashion_mnist
from lightning_contrast.sources.fashion_mnist import FashionMNIST

SYSTEM = Path("/usr/share/datasets/fashion-mnist")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which nothing is installed or cached, and a mirror with four small files."""
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    sums = {}
    for name in fashion_mnist.CHECKSUMS:
        shape = (20, 28, 28) if "images" in name else (20,)
        data = bytes([0, 0, 8, len(shape)]) + np.array(shape, ">i4").tobytes()
        data += (np.arange(np.prod(shape)) % 10).astype(np.uint8).tobytes()
        (mirror / f"{name}.gz").write_bytes(gzip.compress(data))
        sums[name] = sha256(data).hexdigest()
    monkeypatch.setattr(fashion_mnist, "CHECKSUMS", sums)
    monkeypatch.setattr(fashion_mnist, "ADDRESS", mirror.as_uri() + "/")
    return mirror


@pytest.mark.skipif(not SYSTEM.is_dir(), reason="needs apt-get install dataset-fashion-mnist")
def test_the_installed_package_is_found_and_its_content_has_the_checksums() -> None:
    rows = FashionMNIST(download=False).load()
    assert np.bincount(rows.label[rows.split == 2]).tolist() == [1000] * 10
    assert rows.raw[np.array([0])].shape == (1, 1, 28, 28)
    assert rows.classes[9] == "Ankle boot"
    for name, checksum in fashion_mnist.CHECKSUMS.items():
        data = gzip.decompress((SYSTEM / f"{name}.gz").read_bytes())
        assert sha256(data).hexdigest() == checksum


def test_nothing_there_says_what_to_install(bare: Path) -> None:
    with pytest.raises(InputError, match=r"apt-get install dataset-fashion-mnist.*source\.folder"):
        FashionMNIST(download=False).load()


def test_it_is_downloaded_once(bare: Path) -> None:
    assert len(FashionMNIST().load().label) == 40
    for file in bare.iterdir():
        file.unlink()
    assert len(FashionMNIST(download=False).load().label) == 40


def test_a_download_with_another_checksum_is_refused_and_not_kept(
    bare: Path, tmp_path: Path
) -> None:
    (bare / "t10k-labels-idx1-ubyte.gz").write_bytes(gzip.compress(b"forged"))
    with pytest.raises(InputError, match="has another checksum"):
        FashionMNIST().load()
    assert not list(tmp_path.glob("cache/**/t10k-labels*"))


def test_no_network_says_what_to_install(bare: Path) -> None:
    for file in bare.iterdir():
        file.unlink()
    with pytest.raises(InputError, match=r"can't be downloaded .*apt-get install"):
        FashionMNIST().load()


def test_a_folder_that_is_named_is_the_only_place(bare: Path) -> None:
    assert len(FashionMNIST(folder=str(bare)).load().label) == 40
    with pytest.raises(InputError, match=r"source\.folder: the folder .*absent does not exist"):
        FashionMNIST(folder=str(bare / "absent")).load()
