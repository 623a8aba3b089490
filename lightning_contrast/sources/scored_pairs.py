"""Pairs of texts with a graded similarity: a table, or a data set of the hub."""

from dataclasses import dataclass
from typing import ClassVar

from lightning_contrast.errors import InputError
from lightning_contrast.files.columns import places
from lightning_contrast.files.paths import existing
from lightning_contrast.files.tables import Reading, table_rows
from lightning_contrast.rows.split_names import UNDECIDED, split_number
from lightning_contrast.sources._hub import read_hub
from lightning_contrast.sources._scores import ScoredPair, scored_pair, scored_rows
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled


@dataclass(kw_only=True)
class ScoredPairs(Source):
    """Two texts and a number a row, which says how alike they are: a table of any kind.

    The first text is a row without a label, the second one its partner (``positives=paired``), and
    ``pairing=scored`` reads the number. ``lowest`` and ``highest`` are the ends of its scale, which
    becomes 0 to 1; None: scores stay as they are. ``split_column``: holds train, validation or
    test. Without it, pairs that share a text are on one side. Raises ``InputError`` for a file that
    is not there, ends of a scale in the wrong order and, unless ``skip_bad_rows``, for the first
    pair without a text, or with a score that is no number or not on the scale.

    >>> ScoredPairs(path="pairs.csv", lowest=0, highest=5).score_column
    'score'
    """

    path: str
    text_column: str = "text"
    pair_column: str = "pair"
    score_column: str = "score"
    lowest: float | None = None
    highest: float | None = None
    split_column: str | None = None
    encoding: str = "utf-8"
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "text"

    def check_files(self) -> None:
        existing(self.path, "source.path")

    def load(self) -> Labelled:
        self.check_files()
        columns = self.text_column, self.pair_column, self.score_column
        wanted = {
            name: column
            for name in ("text_column", "pair_column", "score_column", "split_column")
            if (column := getattr(self, name)) is not None
        }
        found = []
        for row in table_rows(self.path, wanted, Reading(self.encoding)):
            cells = list(row.cells.values())
            side, problem = UNDECIDED, row.problem
            if not problem and self.split_column is not None:
                told = split_number(str(cells[3]))
                side = UNDECIDED if told is None else told
                if told is None:
                    problem = (
                        f"{row.where}: {self.split_column!r} must be train, validation or test, "
                        f"got {cells[3]!r}"
                    )
            if problem:
                found.append(ScoredPair("", "", 0.0, UNDECIDED, problem))
            else:
                found.append(scored_pair(row.where, cells[:3], columns, side))
        if not found:
            raise InputError(f"source.path: {self.path} has no rows: add some")
        return scored_rows(found, self.lowest, self.highest, self.skip_bad_rows, {})


@dataclass(kw_only=True)
class HuggingFaceScoredPairs(Source):
    """Two texts and a number a row, of a data set of the hub, or a local one.

    Splits as in ``HuggingFaceText``, scores as in ``ScoredPairs``.

    >>> HuggingFaceScoredPairs(name="sentence-transformers/stsb").pair_column
    'sentence2'
    """

    name: str
    subset: str | None = None
    revision: str | None = None
    text_column: str = "sentence1"
    pair_column: str = "sentence2"
    score_column: str = "score"
    lowest: float | None = None
    highest: float | None = None
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "text"

    def load(self) -> Labelled:
        rows, split, counts = read_hub(self.name, self.subset, self.revision)
        wanted = {
            name: getattr(self, name) for name in ("text_column", "pair_column", "score_column")
        }
        places(rows.column_names, wanted, self.name)
        columns = list(wanted.values())
        cells = zip(*(rows[column][:] for column in columns), split.tolist(), strict=True)
        found = [
            scored_pair(f"row {number} of {self.name}", three, columns, side)
            for number, (*three, side) in enumerate(cells, start=1)
        ]
        return scored_rows(found, self.lowest, self.highest, self.skip_bad_rows, counts)
