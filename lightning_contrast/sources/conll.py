"""Words with tags, one a line: CoNLL files and their like."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lightning_contrast.errors import InputError
from lightning_contrast.files.lines import broken, text_lines
from lightning_contrast.files.paths import existing
from lightning_contrast.rows.split_names import TEST, UNDECIDED, VALIDATION
from lightning_contrast.sources._spans import Marked, with_spans
from lightning_contrast.sources._tags import no_tag, spans_of
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

FILES = {"path": UNDECIDED, "validation_path": VALIDATION, "test_path": TEST}


@dataclass
class CoNLL(Source):
    """Sentences of words, one a line in columns, with an empty line between sentences.

    The tags are IOB2: ``O``, ``B-x`` for the first word of a span of type x, ``I-x`` for the
    others. An ``I-x`` behind another type, as IOB1 writes it, is read as ``B-x`` and counted
    (``tags_repaired``). Lines that begin with ``-DOCSTART-`` are left out.

    Args:
        path: of the file; its sentences are split, unless ``validation_path`` and ``test_path``
            name those of these sides.
        word_column, tag_column: from 0; from the end below 0.
        separator: between columns; None: any blanks.
        joined_by: what stands between the words of a text: ``""`` where a language writes none.
        types: those that count, all others are background; None: all.

    Raises:
        InputError: a missing file or column, a tag of another scheme, no sentence.

    >>> CoNLL("train.txt").tag_column
    -1
    """

    path: str
    validation_path: str | None = None
    test_path: str | None = None
    word_column: int = 0
    tag_column: int = -1
    separator: str | None = None
    joined_by: str = " "
    types: Sequence[str] | None = None
    encoding: str = "utf-8"
    modality: ClassVar[str] = "text"

    def check_files(self) -> None:
        existing(self.path, "source.path")

    def load(self) -> Labelled:
        texts: list[str] = []
        spans: list[list[Marked]] = []
        sides: list[int] = []
        repaired = 0
        for argument, side in FILES.items():
            if (given := getattr(self, argument)) is None:
                continue
            for words, tags in self._sentences(existing(given, f"source.{argument}")):
                found, mended = spans_of(words, tags, self.joined_by)
                texts.append(self.joined_by.join(words))
                spans.append(found)
                sides.append(side)
                repaired += mended
        if not texts:
            raise InputError(f"source.path: {self.path} holds no sentence: give a CoNLL file")
        return with_spans(self, texts, spans, self.types, sides, {"tags_repaired": repaired})

    def _sentences(self, path: Path) -> Iterator[tuple[list[str], list[str]]]:
        words: list[str] = []
        tags: list[str] = []
        for number, line in enumerate(text_lines(path, self.encoding), start=1):
            where = f"line {number} of {path.name}"
            if wrong := broken(line, self.encoding):
                raise InputError(f"{where}: {wrong}")
            if not line.strip() or line.startswith("-DOCSTART-"):
                if words:
                    yield words, tags
                words, tags = [], []
                continue
            columns = line.rstrip("\r\n").split(self.separator)
            try:
                word, tag = columns[self.word_column], columns[self.tag_column]
            except IndexError as error:
                raise InputError(
                    f"{where} has {len(columns)} columns, and word_column={self.word_column} and "
                    f"tag_column={self.tag_column} are read: set source.tag_column and "
                    "source.separator"
                ) from error
            if no_tag(tag):
                raise InputError(
                    f"{where}: the tag must be O, B-TYPE or I-TYPE (IOB2), got {tag!r}: convert "
                    "the tags, or set source.tag_column to the column that holds them"
                )
            words.append(word)
            tags.append(tag)
        if words:
            yield words, tags
