"""Sentences of four domains, each rated by twenty people: the same labels, other words."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from lightning_contrast.config.ranges import Positive
from lightning_contrast.errors import InputError
from lightning_contrast.files.lines import text_lines
from lightning_contrast.sources._labelled import labelled
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

FILES = {
    "movie": "movieReviewSnippets_GroundTruth.txt",
    "amazon": "amazonReviewSnippets_GroundTruth.txt",
    "tweets": "tweets_GroundTruth.txt",
    "nyt": "nytEditorialSnippets_GroundTruth.txt",
}
STRENGTHS = np.array(["weak", "clear", "strong"])


@dataclass(kw_only=True)
class Sentiment(Source):
    """Sentences of one domain, ``positive`` or ``negative`` by their mean rating.

    A rating of at least ``threshold`` is positive, of at most ``-threshold`` negative; those
    between are left out and counted (``neutral``), as are empty texts (``empty``). The sentences of
    one product review or editorial stay on one side of the split. ``path``: the folder that
    ``scripts/fetch_data sentiment`` made. Raises ``InputError`` if it is not there, for a threshold
    that is not positive, or for a line that is not ``id, mean rating, text`` between tabs.

    Attribute: ``strength`` of the mean rating, weak below 1, clear, strong from 2.

    Source: Hutto and Gilbert, 2014 (ICWSM).

    >>> Sentiment(domain="tweets").threshold
    0.5
    """

    path: str = "data/sentiment"
    domain: Literal["movie", "amazon", "tweets", "nyt"] = "movie"
    threshold: Positive = 0.5
    drop_duplicates: bool = True
    modality: ClassVar[str] = "text"

    def load(self) -> Labelled:
        texts, ratings, documents = _read(self._file())
        filled = np.array([bool(text) for text in texts], dtype=bool)
        rated = np.abs(ratings) >= self.threshold
        kept = np.flatnonzero(filled & rated)
        _, group = np.unique(documents, return_inverse=True)
        strength = STRENGTHS[np.searchsorted([1, 2], np.abs(ratings[kept]), "right")]
        return labelled(
            [texts[row] for row in kept],
            (ratings[kept] > 0).astype(np.int64),
            ("negative", "positive"),
            group=group[kept].astype(np.int64),
            counts={"empty": int((~filled).sum()), "neutral": int((filled & ~rated).sum())},
            attributes={"strength": strength},
        )

    def _file(self) -> Path:
        if self.domain not in FILES:
            raise InputError(
                f"source.domain must be one of {', '.join(FILES)}, got {self.domain!r}: "
                "set source.domain=movie"
            )
        file = Path(self.path).expanduser() / FILES[self.domain]
        if not file.is_file():
            raise InputError(
                f"source.path: {file} is not there: bring it with ./scripts/fetch_data sentiment "
                "(into data/sentiment of this project), and set source.path to that folder"
            )
        return file


def _read(file: Path) -> tuple[list[str], np.ndarray, list[str]]:
    """Text, mean rating and document of every line; a document stands before the ``_`` of an id."""
    texts, ratings, documents = [], [], []
    for number, line in enumerate(text_lines(file, "utf-8"), start=1):
        try:
            name, rating, text = line.split("\t", 2)
            ratings.append(float(rating))
        except ValueError as error:
            raise InputError(
                f"{file.name}, line {number} must be an id, a mean rating and a text between tabs, "
                f"got {line[:60]!r}: fetch the file again"
            ) from error
        texts.append(text.strip())
        documents.append(name.split("_")[0])
    return texts, np.array(ratings), documents
