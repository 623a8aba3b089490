"""Turns spans of texts into a tag for each token."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from lightning_contrast.data.collate import FlatTokens, pad
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.types import Spans

NO_PLACE = -2  # tag of padding and of tokens that a tokenizer adds


class Borders(NamedTuple):
    """Begin and end (exclusive) of each token ``(M,)``, as characters of all texts joined.

    ``offsets (N + 1,)``: number of the first token of each text; ``text (N + 1,)``: first character
    of each text. A token that a tokenizer adds is empty.
    """

    start: np.ndarray
    stop: np.ndarray
    offsets: np.ndarray
    text: np.ndarray


class Tags:
    """The tag of every token of every text; ``tags(rows) -> (r, t)``, -2 for padding.

    ``moved``: number of spans that do not begin and end with a token; they are extended to the
    tokens that they touch. ``lost``: number of spans behind the last token that is kept.
    """

    def __init__(
        self, tokenizer: Tokenizer, texts: Sequence[str], spans: Spans, classes: Sequence[str]
    ) -> None:
        self._borders = borders = borders_of(tokenizer, texts)
        label, self.moved, self.lost = tagged(borders, spans, inside_of(classes))
        flat = torch.from_numpy(label.astype(np.int32))
        self._flat = FlatTokens(flat, torch.from_numpy(borders.offsets), NO_PLACE)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        return pad(self._flat, rows)["input_ids"].numpy()

    def characters(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Begin and end (exclusive) of each token of a text, in characters."""
        begin, end = self._borders.offsets[row : row + 2]
        start, stop = self._borders.start[begin:end], self._borders.stop[begin:end]
        there = start < stop
        return start[there] - self._borders.text[row], stop[there] - self._borders.text[row]

    def renumber(self, number: np.ndarray) -> None:
        """Renumbers the classes; the last entry of ``number`` is for tokens without a class."""
        table = torch.from_numpy(np.append(number[:-1], [NO_PLACE, number[-1]]).astype(np.int32))
        self._flat.ids = table[self._flat.ids.long()]

    def told(self, spans: int) -> Iterator[tuple[str, str]]:
        """Warnings by name about spans that the tokens can't represent."""
        if self.moved:
            yield (
                "moved_spans",
                f"{self.moved} of {spans} spans do not begin and end with a token, and are read as "
                "the tokens that they touch: set datamodule.tokenizer=char",
            )
        if self.lost:
            yield (
                "lost_spans",
                f"{self.lost} of {spans} spans stand behind the last token that is read: raise "
                "datamodule.max_length",
            )


def inside_of(classes: Sequence[str]) -> np.ndarray:
    """The number of the inside tag of each tag: that of ``I-x`` for ``B-x``.

    >>> inside_of(["O", "B-a", "I-a"]).tolist()
    [0, 2, 2]
    """
    number = {name: place for place, name in enumerate(classes)}
    return np.array([number.get(f"I-{name[2:]}", place) for place, name in enumerate(classes)])


def borders_of(tokenizer: Tokenizer, texts: Sequence[str]) -> Borders:
    """The borders of the tokens of texts, in characters of all texts joined."""
    starts, stops, counts = tokenizer.borders(texts)
    text = np.concatenate(([0], np.cumsum([len(each) + 1 for each in texts])))
    base = np.repeat(text[:-1], counts)
    offsets = np.concatenate(([0], np.cumsum(counts)))
    return Borders(base + starts, base + stops, offsets, text)


def tagged(
    borders: Borders, spans: Spans, inside: np.ndarray, outside: int = 0
) -> tuple[np.ndarray, int, int]:
    """The class of each token ``(M,)``, and the numbers of spans that were moved and lost.

    >>> borders = Borders(np.array([0, 2]), np.array([1, 5]), np.array([0, 2]), np.array([0, 6]))
    >>> one = np.array([0])
    >>> spans = Spans(row=one, start=np.array([2]), stop=np.array([5]), label=np.array([1]))
    >>> tagged(borders, spans, np.array([0, 2, 2]))
    (array([0, 1]), 0, 0)
    """
    label = np.full(len(borders.start), outside, dtype=np.int64)
    begin, end = borders.text[spans.row] + spans.start, borders.text[spans.row] + spans.stop
    # Tokens that a tokenizer adds are empty; the running maximum keeps the borders sorted.
    low, high = np.maximum.accumulate(borders.start), np.maximum.accumulate(borders.stop)
    first = np.searchsorted(high, begin, "right")
    last = np.searchsorted(low, end, "left")
    count = np.maximum(last - first, 0)
    there = count > 0
    owner = np.repeat(np.arange(len(count)), count)
    behind = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
    label[first[owner] + behind] = inside[spans.label[owner]]
    label[first[there]] = spans.label[there]
    label[borders.start == borders.stop] = NO_PLACE
    begins, ends = low[first[there]] == begin[there], high[last[there] - 1] == end[there]
    short = high[last[there] - 1] < end[there]
    cut = short & np.isin(last[there], borders.offsets)  # by the last token that is kept
    return label, int((~(begins & ends) & ~cut).sum()), int((~there).sum() + cut.sum())
