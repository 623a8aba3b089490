"""Text views, a batch at a time, beside a plain Python loop over samples; run by views.py.

The loops are written out here after EDA's and nlpaug's ways: lists of ids (typos: of words, which
are tokenised anew), one sample after another, and the batch padded at the end.
"""

import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
import yaml
from torch import Tensor

from lightning_contrast.config.construct import construct
from lightning_contrast.config.folder import conf_directory
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.encoders.bag import Bag
from lightning_contrast.rows.vocabulary import Vocabulary
from lightning_contrast.views.typos import misspelt, slips

Tokens = dict[str, Tensor]
ROWS, LONGEST, WORDS, CHANCE = 120, 512, 20000, 0.1
VIEWS = ("token_dropout", "span_crop", "word_swap", "synonym", "typos", "eda")


def made_texts(seed: int = 0) -> list[str]:
    """Rows of 100 to 512 words, drawn by Zipf's law from made words of three to nine letters."""
    draw = random.Random(seed)
    words = ["".join(draw.choices("etaoinshrdlu", k=draw.randint(3, 9))) for _ in range(WORDS)]
    weights = [1 / (rank + 10) for rank in range(WORDS)]
    rows = ROWS * 20
    return [
        " ".join(draw.choices(words, weights, k=draw.randint(100, LONGEST))) for _ in range(rows)
    ]


def ready(name: str, vocabulary: Vocabulary) -> Any:
    """The view with the defaults of its YAML, and a table of neighbours where it has one."""
    view = construct(yaml.safe_load((conf_directory() / "view" / f"{name}.yaml").read_text()))
    if hasattr(view, "prepare"):
        view.prepare(vocabulary)
    if hasattr(view, "follow"):
        view.follow(Bag(len(vocabulary), 0, width=4), epoch=1)
    return view


def padded(rows: list[list[int]]) -> Tokens:
    tensors = [torch.tensor(row) for row in rows]
    ids = torch.nn.utils.rnn.pad_sequence(tensors, batch_first=True)
    return {"input_ids": ids, "attention_mask": (ids > 0).long()}


def drop(row: list[int]) -> list[int]:
    return [token for token in row if random.random() >= 0.2] or row[:1]


def crop(row: list[int]) -> list[int]:
    length = max(1, round(len(row) * random.uniform(0.5, 1)))
    start = random.randint(0, len(row) - length)
    return row[start : start + length]


def swap(row: list[int]) -> list[int]:
    row = list(row)
    for _ in range(round(len(row) * CHANCE / 2)):
        one = random.randrange(len(row) - 3)
        other = one + random.randint(1, 3)
        row[one], row[other] = row[other], row[one]
    return row


def loops(table: list[list[int]], tokenizer: Tokenizer) -> dict[str, Callable]:
    """The same operations, sample by sample: ids ``[[...]]`` and texts to a batch."""

    def replace(row: list[int]) -> list[int]:
        return [random.choice(table[t]) if random.random() < CHANCE else t for t in row]

    def slip(text: str) -> str:
        return " ".join(
            misspelt(word, random) if slips(word) and random.random() < CHANCE else word  # type: ignore[arg-type]
            for word in text.split()
        )

    each = {"token_dropout": drop, "span_crop": crop, "word_swap": swap, "synonym": replace}
    forms: dict[str, Callable] = {
        name: lambda ids, texts, change=change: padded([change(row) for row in ids])
        for name, change in each.items()
    }
    forms["eda"] = lambda ids, texts: padded([replace(swap(drop(row))) for row in ids])
    forms["typos"] = lambda ids, texts: tokenizer.batch([slip(text) for text in texts])
    return forms


def seconds_of(step: Callable, *arguments: Any) -> float:
    start = time.process_time()
    step(*arguments)
    return time.process_time() - start


def text_records(rounds: int = 7) -> list[dict[str, Any]]:
    """Tokens a second of every text view and of its loop, over words and over pieces."""
    texts = made_texts()
    return [record for kind in ("word", "bpe") for record in records_of(kind, texts, rounds)]


def records_of(kind: str, texts: list[str], rounds: int) -> list[dict[str, Any]]:
    tokenizer = Tokenizer.train(texts, kind, WORDS // 2, LONGEST)
    vocabulary, batch = Vocabulary(tokenizer.json), texts[:ROWS]
    rows = tokenizer.batch(batch)
    pairs = zip(rows["input_ids"], rows["attention_mask"], strict=True)
    ids = [row[seen.bool()].tolist() for row, seen in pairs]
    tokens = sum(map(len, ids))
    plain = loops(ready("synonym", vocabulary).table.tolist(), tokenizer)
    records = []
    for name in VIEWS:
        view, loop = ready(name, vocabulary), plain[name]
        times: list[tuple[float, float]] = []
        for _ in range(rounds):  # in turn, so that other work on the machine meets both
            times.append((seconds_of(view, rows), seconds_of(loop, ids, batch)))
        ours, theirs = (tokens / statistics.median(column) for column in zip(*times, strict=True))
        records.append(
            {
                "kind": "text",
                "view": name,
                "vocabulary": kind,
                "tokens_per_second": round(ours),
                "loop_tokens_per_second": round(theirs),
                "ratio": round(ours / theirs, 1),
            }
        )
    return records
