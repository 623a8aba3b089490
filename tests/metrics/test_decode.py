"""The best sequence of tags against all sequences; strict scores against a loop."""

from itertools import product

import numpy as np
import pytest
import torch

from lightning_contrast.metrics.decode import best_tags, decode, spans_of_tags
from lightning_contrast.metrics.partial_spans import partial_scores
from lightning_contrast.metrics.spans import span_scores

CLASSES = ["O", "B-a", "I-a", "B-b", "I-b"]


def is_allowed(tags):
    before = "O"
    for tag in tags:
        if tag[0] == "I" and before[2:] != tag[2:]:
            return False
        before = tag
    return True


def test_the_best_tags_are_those_of_all_sequences():
    generator = torch.Generator().manual_seed(0)
    sizes = [1, 4, 3]
    logits = 2 * torch.randn(sum(sizes), 5, generator=generator)
    for part, found in zip(logits.split(sizes), best_tags(logits, sizes, CLASSES), strict=True):
        chance = part.log_softmax(1)
        scored = {
            tags: sum(float(chance[j, t]) for j, t in enumerate(tags))
            for tags in product(range(5), repeat=len(part))
            if is_allowed([CLASSES[t] for t in tags])
        }
        assert tuple(found.tolist()) == max(scored, key=scored.get)


def test_the_probability_of_a_span_is_the_product_of_those_of_its_tags():
    logits = torch.tensor([[0.0, 2, 0, 0, 0], [0, 0, 1, 0, 0], [3, 0, 0, 0, 0]])
    (span,) = next(decode(logits, [3], CLASSES))
    chance = logits.softmax(1)
    assert span[:3] == (0, 2, "a")
    assert span.probability == pytest.approx(float(chance[0, 1] * chance[1, 2]), rel=1e-5)


def test_strict_scores_count_whole_spans():
    random = np.random.default_rng(0)
    sides = []
    for _ in range(2):
        rows = []
        for _ in range(40):
            tags = random.choice(CLASSES, 12).tolist()
            rows.append([t if is_allowed(tags[: j + 1][-2:]) else "O" for j, t in enumerate(tags)])
        sides.append([r if is_allowed(r) else ["O"] * 12 for r in rows])
    gold, predicted = ([{s[:3] for s in spans_of_tags(r)} for r in side] for side in sides)
    scores = span_scores(*sides)
    for kind in (None, "a", "b"):
        pick = [
            [{s for s in r if kind in (None, s[2])} for r in side] for side in (gold, predicted)
        ]
        right = sum(len(a & b) for a, b in zip(*pick, strict=True))
        total = sum(len(r) for side in pick for r in side)
        name = "span_f1" if kind is None else f"span_f1/{kind}"
        assert scores[name] == pytest.approx(2 * right / total)
    assert span_scores([["O"]], [["O"]]) == {}
    borders = [[{s[:2] for s in r} for r in side] for side in (gold, predicted)]
    right = sum(len(a & b) for a, b in zip(*borders, strict=True))
    total = sum(len(r) for side in borders for r in side)
    assert partial_scores(gold, predicted)["borders_f1"] == pytest.approx(2 * right / total)
