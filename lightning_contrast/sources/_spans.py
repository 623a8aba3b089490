"""Texts with labelled spans: from what a file says to the rows of a source."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from lightning_contrast.errors import InputError, listing
from lightning_contrast.sources._labelled import labelled, refuse_whole
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled, Spans

OUTSIDE = "O"
Marked = tuple[int, int, str]
"""First character, the one behind the last, and type."""


def problem_of(text: str, spans: Sequence[Marked]) -> str:
    """What is wrong with the spans of a text, or "".

    >>> problem_of("a cat", [(2, 9, "animal")])
    "span 2 to 9 (animal) must lie in the text's 5 characters, its end behind its start"
    """
    for start, stop, name in spans:
        if not 0 <= start < stop <= len(text):
            return (
                f"span {start} to {stop} ({name}) must lie in the text's {len(text)} characters, "
                "its end behind its start"
            )
    for (start, stop, name), (begin, end, other) in pairwise(spans):
        if begin < stop:
            return f"spans {start} to {stop} ({name}) and {begin} to {end} ({other}) overlap"
    return ""


def with_spans(
    source: Source,
    texts: list[str],
    spans: Sequence[Sequence[Marked]],
    types: Sequence[str] | None,
    split: Sequence[int] | np.ndarray | None = None,
    counts: Mapping[str, int] | None = None,
) -> Labelled:
    """Texts with their spans, each text's in order and none of two overlapping.

    The classes are tags: ``O``, then ``B-x`` and ``I-x`` of every type. The label of a text is the
    ``B-x`` of its rarest type, ``O`` where it has none: by it the texts are split, drawn and kept.
    ``types``: the types that count, the others being background; None: all.

    Raises:
        InputError: a type that no text has; a setting of the source that is for whole texts.
    """
    refuse_whole(source, "spans", "texts")
    known = Counter(name for marked in spans for _, _, name in marked)
    names = sorted(known) if types is None else list(types)
    if not known or not names:
        raise InputError(
            "the source holds no span, and a tagger learns from spans: give texts that have some"
            if not known
            else "source.types names no type: leave it out, and all types count"
        )
    if missing := [name for name in names if name not in known]:
        raise InputError(
            f"no text has a span of type {missing[0]}; there are {listing(sorted(known))}: "
            "set source.types to some of them"
        )
    classes = (OUTSIDE, *(f"{prefix}-{name}" for name in names for prefix in "BI"))
    number = {name: 1 + 2 * place for place, name in enumerate(names)}
    kept = [[each for each in marked if each[2] in number] for marked in spans]
    label = [
        min((known[name], number[name]) for _, _, name in marked)[1] if marked else 0
        for marked in kept
    ]
    flat = [
        (row, start, stop, number[name])
        for row, marked in enumerate(kept)
        for start, stop, name in marked
    ]
    columns = np.array(flat, dtype=np.int64).reshape(-1, 4).T
    rows = labelled(
        texts,
        np.array(label, dtype=np.int64),
        classes,
        split=split,
        counts={**(counts or {}), "spans": len(flat)},
    )
    return rows._replace(spans=Spans(*columns))
