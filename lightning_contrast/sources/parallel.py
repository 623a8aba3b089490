"""Texts and their translations."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, ClassVar

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.files.bad_rows import keep_usable
from lightning_contrast.files.lines import broken, text_lines
from lightning_contrast.files.paths import existing
from lightning_contrast.files.tables import Reading, table_rows
from lightning_contrast.rows.attributes import groups_of
from lightning_contrast.rows.split_names import PARTNER, TRAIN, UNDECIDED
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

Found = tuple[tuple[str, str], str, Any]
"""The texts of a pair, what is wrong with it, and its group."""


@dataclass(kw_only=True)
class Parallel(Source):
    """Texts without labels, each with its translations, or other texts that belong to it.

    Two columns of a table (``text_column``, ``pair_column`` of ``path``), or two text files whose
    lines belong together (``path`` and ``pair_path``). ``train_path``: a table of further pairs,
    such as a dictionary, that training alone sees; of a text that ``path`` has too, they are on
    its side. Equal texts are one row with all their translations: one of these is drawn as its
    positive (``positives=paired``). The rows are the side of the teacher, if there is one.
    ``group_column``, of a table: rows with the same value
    stay on one side of the split (a document). Raises ``InputError`` for a file that is not there,
    files of different lengths and, unless ``skip_bad_rows``, for the first pair of which one is
    missing.

    >>> Parallel(path="it.jsonl", pair_column="italian").text_column
    'text'
    """

    path: str
    pair_path: str | None = None
    train_path: str | None = None
    text_column: str = "text"
    pair_column: str = "translation"
    group_column: str | None = None
    encoding: str = "utf-8"
    skip_bad_rows: bool = False
    modality: ClassVar[str] = "text"

    def check_files(self) -> None:
        for argument in ("path", "pair_path", "train_path"):
            if (given := getattr(self, argument)) is not None:
                existing(given, f"source.{argument}")

    def load(self) -> Labelled:
        self.check_files()
        found = list(self._columns(self.path) if self.pair_path is None else self._lines())
        if not found:
            raise InputError(f"source.path: {self.path} has no rows: add some")
        own = len(found)
        if self.train_path is not None:
            found += self._columns(self.train_path, grouped=False)
        bad = {row: problem for row, (_, problem, _) in enumerate(found) if problem}
        keep = keep_usable(bad, len(found), self.skip_bad_rows)
        numbers: dict[str, int] = {}
        owner = {
            pair: numbers.setdefault(pair[0], len(numbers))
            for pair in dict.fromkeys(found[row][0] for row in keep)
        }
        tested = {numbers[found[row][0][0]] for row in keep if row < own}
        mark = {numbers[found[row][0][0]]: found[row][2] for row in reversed(keep)}
        identity = np.append(np.arange(len(numbers)), np.array(list(owner.values()), np.int64))
        sides = np.full(len(identity), PARTNER, dtype=np.int8)
        sides[: len(numbers)] = [
            UNDECIDED if row in tested else TRAIN for row in range(len(numbers))
        ]
        return Labelled(
            raw=[*numbers, *(translation for _, translation in owner)],
            label=np.full(len(identity), -1, dtype=np.int64),
            classes=(),
            group=groups_of([mark[number] for number in range(len(mark))])[identity],
            split=sides,
            counts={"skipped": len(found) - len(keep), "pairs_repeated": len(keep) - len(owner)},
            identity=identity,
        )

    def _columns(self, path: str, grouped: bool = True) -> Iterator[Found]:
        """Each pair of a table, what is wrong with it, and its group."""
        wanted = {"text_column": self.text_column, "pair_column": self.pair_column}
        group = {"group_column": self.group_column} if grouped and self.group_column else {}
        for row in table_rows(path, wanted | group, Reading(self.encoding)):
            cells = [row.cells[name] for name in wanted]
            yield *self._pair(row.where, cells, row.problem), row.cells.get("group_column")

    def _lines(self) -> Iterator[Found]:
        """Each pair of lines, and what is wrong with it."""
        assert self.pair_path is not None
        files = [text_lines(path, self.encoding) for path in (self.path, self.pair_path)]
        for number, lines in enumerate(zip_longest(*files), start=1):
            if None in lines:
                short, other = (self.path, self.pair_path)[:: 1 if lines[0] is None else -1]
                raise InputError(
                    f"{short} ends before line {number}, and {other} goes on: the lines of "
                    "source.path and source.pair_path must belong together"
                )
            wrong = next(filter(None, (broken(line, self.encoding) for line in lines)), "")
            where = f"line {number} of {self.path} and {self.pair_path}"
            yield *self._pair(where, lines, wrong and f"{where}: {wrong}"), None

    def _pair(self, where: str, cells: "list | tuple", problem: str) -> tuple[tuple[str, str], str]:
        texts = [cell.strip() if isinstance(cell, str) else "" for cell in cells]
        if not problem and not all(texts):
            problem = f"{where}: both texts of a pair must be filled, got {texts}"
        return (texts[0], texts[1]), problem
