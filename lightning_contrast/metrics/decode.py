"""Decodes the logits of tags to spans: finds the most probable valid sequence of tags."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

NEVER = -1e9


class Decoded(NamedTuple):
    """A span: its tokens (``last`` is exclusive), its type, and the product of the probabilities of
    its tags."""

    first: int
    last: int
    type: str
    probability: float


def best_tags(logits: Tensor, sizes: Sequence[int], classes: Sequence[str]) -> list[np.ndarray]:
    r"""The most probable IOB2 sequence of each text, by Viterbi's algorithm.

    .. math:: \arg\max_y \sum_j \log p(y_j), \quad y_j = I_x \Rightarrow y_{j-1} \in \{B_x, I_x\}

    Args:
        logits: of all tokens of all texts, ``(R, classes)``.
        sizes: tokens of each text; they sum to ``R``.
        classes: names of the tags.

    >>> logits = torch.tensor([[2.0, 1.9, 0.0], [0.0, 0.0, 5.0]])
    >>> best_tags(logits, [2], ["O", "B-a", "I-a"])[0].tolist()  # never I behind O
    [1, 2]
    """
    if not len(logits):
        return [np.zeros(0, dtype=np.int64) for _ in sizes]
    chance = logits.double().log_softmax(1)
    step = torch.from_numpy(allowed(classes))
    length = torch.tensor(list(sizes))
    padded = torch.nn.utils.rnn.pad_sequence(chance.split(list(sizes)), batch_first=True)
    first = torch.tensor([NEVER if name.startswith("I-") else 0.0 for name in classes])
    score, back = padded[:, 0] + first, []
    for place in range(1, padded.shape[1]):
        best, come = (score[:, :, None] + step).max(1)
        there = (place < length)[:, None]
        score = torch.where(there, best + padded[:, place], score)
        back.append(torch.where(there, come, torch.arange(len(classes))))
    tag = score.argmax(1)
    found = [tag]
    for come in reversed(back):
        tag = come.gather(1, tag[:, None])[:, 0]
        found.append(tag)
    tags = torch.stack(found[::-1], 1).numpy()
    return [row[:size] for row, size in zip(tags, sizes, strict=True)]


def allowed(classes: Sequence[str]) -> np.ndarray:
    """0 if a tag (column) may follow another (row), otherwise ``NEVER``.

    >>> (allowed(["O", "B-a", "I-a", "I-b"]) == 0).astype(int)[:, 2:].tolist()
    [[0, 0], [1, 0], [1, 0], [0, 1]]
    """
    inside = np.array([name.startswith("I-") for name in classes])
    types = np.array([name[2:] for name in classes])
    same = types[:, None] == types[None]
    return np.where(inside[None] & ~same, NEVER, 0.0)


def decode(logits: Tensor, sizes: Sequence[int], classes: Sequence[str]) -> Iterator[list[Decoded]]:
    """The spans of each text.

    >>> logits = 9 * torch.eye(3)[[1, 2, 0, 1]]
    >>> [tuple(span)[:3] for span in next(decode(logits, [4], ["O", "B-a", "I-a"]))]
    [(0, 2, 'a'), (3, 4, 'a')]
    """
    chances = logits.softmax(1).double().numpy()
    start = 0
    for tags in best_tags(logits, sizes, classes):
        chance = chances[np.arange(start, start + len(tags)), tags]
        start += len(tags)
        yield spans_of_tags([classes[tag] for tag in tags], chance)


def spans_of_tags(tags: Sequence[str], chance: np.ndarray | None = None) -> list[Decoded]:
    """The spans of IOB2 tags; ``chance``: the probability of each tag."""
    found: list[Decoded] = []
    start = None
    for place, tag in enumerate([*tags, "O"]):
        if start is not None and not tag.startswith("I-"):
            product = 1.0 if chance is None else float(np.prod(chance[start:place]))
            found.append(Decoded(start, place, tags[start][2:], product))
            start = None
        if tag.startswith("B-"):
            start = place
    return found
