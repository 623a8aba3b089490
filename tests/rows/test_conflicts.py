"""Rows in conflict, checked against all pairs."""

import numpy as np
import pytest
import torch

from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.rows.conflicts import Conflict, find_conflicts
from lightning_contrast.rows.content import normalise
from lightning_contrast.rows.duplicates import find_duplicates


def found(raw, label) -> list[Conflict]:
    label = np.array(label)
    return find_conflicts(raw, find_duplicates(raw), label, np.arange(len(label)))


def similarity(one: str, other: str) -> float:
    words = [normalise(text).split() for text in (one, other)]
    first, second = ({tuple(w[i : i + 3]) for i in range(len(w) - 2)} for w in words)
    return len(first & second) / len(first | second)


def test_conflicts_are_those_of_all_pairs() -> None:
    random = np.random.default_rng(0)
    texts, label = [], []
    for _ in range(60):
        words = random.integers(0, 50, 12)
        for changes in range(random.integers(1, 5)):
            copy = words.copy()
            copy[random.integers(0, 12, changes)] = random.integers(0, 50, changes)
            texts.append(" ".join(map(str, copy)))
            label.append(int(random.integers(-1, 3)))
    conflicts = found(texts, label)
    exact, near = set(), set()
    for i, one in enumerate(texts):
        for j, other in enumerate(texts):
            if label[i] != label[j] and min(label[i], label[j]) >= 0:
                exact |= {i} if one == other else set()
                near |= {i} if similarity(one, other) > 0.5 else set()
    assert {c.row for c in conflicts if not c.near} == exact and exact
    assert {c.row for c in conflicts if c.near} == near - exact and near - exact
    for row, other, is_near in conflicts:
        assert label[row] != label[other]
        rest = [
            similarity(texts[row], t)
            for t, at in zip(texts, label, strict=True)
            if at >= 0 and at != label[row]
        ]
        assert similarity(texts[row], texts[other]) == max(rest)
        assert is_near or texts[row] == texts[other]


def test_an_unlabelled_copy_is_no_conflict() -> None:
    assert found(["one two", "one two", "three"], [0, -1, 1]) == []


@pytest.mark.parametrize("rows", [0, 1])
def test_few_rows_have_none(rows: int) -> None:
    assert found(["a"] * rows, [0] * rows) == []


def test_images_conflict_where_their_pixels_are_the_same() -> None:
    pixels = torch.randint(0, 256, (6, 1, 8, 8), dtype=torch.uint8)
    pixels[4] = pixels[1].clone()
    assert found(InMemoryImages(pixels), [0, 0, 1, 1, 1, 0]) == [
        Conflict(1, 4, near=False),
        Conflict(4, 1, near=False),
    ]


def test_many_copies_under_two_labels_take_no_time_apart() -> None:
    texts = ["the same old story"] * 3000
    conflicts = found(texts, [row % 2 for row in range(3000)])
    assert len(conflicts) == 3000 and not any(c.near for c in conflicts)
