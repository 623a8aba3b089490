"""Data sets of the ``datasets`` library whose words have tags."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from lightning_contrast.errors import InputError
from lightning_contrast.files.columns import places
from lightning_contrast.sources._hub import read_hub
from lightning_contrast.sources._spans import Marked, with_spans
from lightning_contrast.sources._tags import no_tag, spans_of
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled


@dataclass
class HuggingFaceTags(Source):
    """Sentences of a hub data set (``"conll2003"``) or a local one: lists of words and of tags.

    Splits as in ``HuggingFaceText``. The tags are IOB2, as texts or as numbers of a ``ClassLabel``;
    an ``I-x`` behind another type begins a span and is counted (``tags_repaired``), as ``CoNLL``
    does. Sentences without a word are left out and counted (``skipped``).

    Args:
        name, subset, revision: of the data set.
        word_column, tag_column: the columns.
        joined_by: what stands between the words of a text: ``""`` where a language writes none.
        types: those that count, all others are background; None: all.

    Raises:
        InputError: an unknown data set or column; a sentence with fewer or more tags than words; a
            tag of another scheme.

    >>> HuggingFaceTags("conll2003").tag_column
    'ner_tags'
    """

    name: str
    subset: str | None = None
    revision: str | None = None
    word_column: str = "tokens"
    tag_column: str = "ner_tags"
    joined_by: str = " "
    types: Sequence[str] | None = None
    modality: ClassVar[str] = "text"

    def load(self) -> Labelled:
        rows, split, counts = read_hub(self.name, self.subset, self.revision)
        wanted = {"word_column": self.word_column, "tag_column": self.tag_column}
        places(rows.column_names, wanted, self.name)
        names = getattr(getattr(rows.features[self.tag_column], "feature", None), "names", None)
        texts: list[str] = []
        spans: list[list[Marked]] = []
        sides: list[int] = []
        repaired = 0
        pairs = zip(rows[self.word_column][:], rows[self.tag_column][:], strict=True)
        for number, (words, numbers) in enumerate(pairs):
            if not words:
                continue
            tags = self._tags(f"row {number + 1} of {self.name}", words, numbers, names)
            found, mended = spans_of(words, tags, self.joined_by)
            texts.append(self.joined_by.join(words))
            spans.append(found)
            sides.append(int(split[number]))
            repaired += mended
        counted = {**counts, "tags_repaired": repaired, "skipped": len(rows) - len(texts)}
        return with_spans(self, texts, spans, self.types, sides, counted)

    def _tags(self, where: str, words: Any, numbers: Any, names: Any) -> list[str]:
        """The tags of a sentence by their names."""
        if not isinstance(words, list) or not isinstance(numbers, list):
            raise InputError(
                f"{where}: columns {self.word_column!r} and {self.tag_column!r} must hold lists of "
                "words and of tags: set source.word_column and source.tag_column"
            )
        if len(words) != len(numbers):
            raise InputError(
                f"{where} has {len(words)} words and {len(numbers)} tags: mend the row, or set "
                "source.tag_column to the tags of these words"
            )
        tags = [str(tag) if names is None else names[tag] for tag in numbers]
        if wrong := next(filter(no_tag, tags), None):
            raise InputError(
                f"{where}: the tag must be O, B-TYPE or I-TYPE (IOB2), got {wrong!r}: convert the "
                "tags, or set source.tag_column to the column that holds them"
            )
        return tags
