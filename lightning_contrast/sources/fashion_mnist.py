"""Fashion-MNIST, wherever it is found."""

import gzip
import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import ClassVar
from urllib.request import urlopen

from lightning_contrast.errors import InputError
from lightning_contrast.runtime.atomic import replacing
from lightning_contrast.sources.idx import Idx
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

CLASSES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
ADDRESS = "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/"
# Of the unzipped files: the gzip headers differ between distributors.
CHECKSUMS = {
    "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
    "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
}


@dataclass
class FashionMNIST(Source):
    """70,000 grey images of clothing, uint8 ``(70000, 1, 28, 28)``, with the official test split.

    Looked for in ``folder``, else in the Debian package ``dataset-fashion-mnist``, else in the
    cache, where it is downloaded to (30 MB, checksums verified) if ``download``. Raises
    ``InputError`` that says what to install. Source: Xiao et al., 2017, arXiv:1708.07747.

    >>> FashionMNIST(download=False).folder is None
    True
    """

    folder: str | None = None
    download: bool = True
    FRACTIONS: ClassVar[Sequence[float]] = (0.9, 0.1, 0.0)
    modality: ClassVar[str] = "image"

    def load(self) -> Labelled:
        return Idx(folder=str(self._locate()), classes=CLASSES).load()

    def _locate(self) -> Path:
        if self.folder is not None:
            return Path(self.folder)
        installed = _installed()
        for place in [*installed, _cache()]:
            if all(any((place / f"{f}{end}").is_file() for end in ("", ".gz")) for f in CHECKSUMS):
                return place
        if self.download:
            return _download(_cache())
        raise InputError(
            f"Fashion-MNIST is not in {' or '.join(str(place) for place in installed)}: {MEND}, "
            "or set source.download=true"
        )


MEND = (
    "sudo apt-get install dataset-fashion-mnist, or set source.folder to a folder with its four "
    "IDX files"
)


def _installed() -> list[Path]:
    shares = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    return [Path(share) / "datasets" / "fashion-mnist" for share in shares.split(":") if share]


def _cache() -> Path:
    home = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "lightning_contrast" / "fashion-mnist"


def _download(folder: Path) -> Path:
    for name, checksum in CHECKSUMS.items():
        try:
            with urlopen(f"{ADDRESS}{name}.gz", timeout=30) as answer:
                data = gzip.decompress(answer.read())
        except (OSError, EOFError) as error:  # URLError and BadGzipFile are OSErrors
            raise InputError(
                f"Fashion-MNIST is not on this machine and {ADDRESS}{name}.gz can't be downloaded "
                f"({error}): {MEND}"
            ) from error
        if sha256(data).hexdigest() != checksum:
            raise InputError(
                f"{ADDRESS}{name}.gz has another checksum than it should (sha256 of the content "
                f"must be {checksum}): try again later, or {MEND}"
            )
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(folder / name) as file:
            file.write(data)
    return folder
