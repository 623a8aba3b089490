"""How well probabilities of labels, of which a row may have several, find the labels of rows."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float
from torch import Tensor

Chances = Float[Tensor, "n labels"]
Truth = Bool[Tensor, "n labels"]


def members_of(sets: Sequence[Sequence[int]] | None, labels: int) -> Bool[Tensor, "classes labels"]:
    """Which labels each class has; a last row, that of -1, has none. None: class i has label i.

    >>> members_of([[], [0, 1]], 2).int().tolist()
    [[0, 0], [1, 1], [0, 0]]
    """
    own = [[number] for number in range(labels)] if sets is None else sets
    members = torch.zeros(len(own) + 1, labels, dtype=torch.bool)
    for row, numbers in enumerate(own):
        members[row, list(numbers)] = True
    return members


def best_thresholds(chances: Chances, truth: Truth) -> Float[Tensor, " labels"]:
    """The threshold of each label above which its F1 is highest, halfway to the next chance below;
    0.5 for a label that no row has.

    >>> truth = torch.tensor([[True], [True], [False]])
    >>> best_thresholds(torch.tensor([[0.9], [0.5], [0.1]]), truth)
    tensor([0.3000])
    """
    if not len(chances):
        return torch.full((chances.shape[1],), 0.5)
    chances = chances.float()
    order = chances.argsort(stable=True, dim=0, descending=True)
    ranked, right = chances.gather(0, order), truth.gather(0, order).float()
    taken = torch.arange(1.0, len(ranked) + 1)[:, None]
    total = right.sum(0)
    f1 = 2 * right.cumsum(0) / (taken + total)
    below = torch.cat([ranked[1:], ranked.new_zeros(1, ranked.shape[1])])
    f1 = torch.where(ranked > below, f1, -1)  # rows of one chance are taken together
    place = f1.argmax(0, keepdim=True)
    halfway = (ranked.gather(0, place) + below.gather(0, place))[0] / 2
    return torch.where(total > 0, halfway, 0.5)


def label_scores(given: Truth, truth: Truth) -> dict[str, Float[Tensor, " labels"]]:
    """Precision, recall and F1 of each label; 0 where there is nothing to divide by.

    >>> scores = label_scores(torch.tensor([[True], [True]]), torch.tensor([[True], [False]]))
    >>> scores["precision"].item(), scores["recall"].item()
    (0.5, 1.0)
    """
    right, taken, total = (given & truth).sum(0), given.sum(0), truth.sum(0)
    return {
        "precision": right / taken.clamp_min(1),
        "recall": right / total.clamp_min(1),
        "f1": 2 * right / (taken + total).clamp_min(1),
    }


def average_precision(chances: Chances, truth: Truth) -> Float[Tensor, " labels"]:
    """The mean precision at the rows that have a label, in the order of its chances; NaN for a
    label that no row has. Rows of one chance are taken together.

    >>> truth = torch.tensor([[True], [False], [True]])
    >>> average_precision(torch.tensor([[0.9], [0.8], [0.1]]), truth)
    tensor([0.8333])
    """
    order = chances.argsort(stable=True, dim=0, descending=True)
    ranked, right = chances.gather(0, order), truth.gather(0, order).double()
    hits, taken = right.cumsum(0), torch.arange(1.0, len(order) + 1, dtype=torch.double)[:, None]
    last = torch.ones_like(right, dtype=torch.bool)
    last[:-1] = ranked[:-1] > ranked[1:]
    precision = hits / taken
    recall = torch.where(last, hits, 0)
    before = torch.cat([recall.new_zeros(1, recall.shape[1]), recall[:-1]]).cummax(0).values
    gained = torch.where(last, hits - before, 0)
    return ((precision * gained).sum(0) / right.sum(0)).float()


def micro_f1(given: Truth, truth: Truth) -> float:
    """F1 of all decisions together; 0 where nothing is given or true.

    >>> micro_f1(torch.tensor([[True, True]]), torch.tensor([[True, False]]))
    0.6666...
    """
    both = int(given.sum() + truth.sum())
    return 2 * int((given & truth).sum()) / max(both, 1)


def top_accuracy(chances: Chances, truth: Truth) -> float:
    """Share of the rows with a label whose likeliest label is one of theirs; NaN where none has.

    >>> top_accuracy(torch.tensor([[0.9, 0.2]] * 3), torch.tensor([[1, 0], [0, 1], [0, 0]]).bool())
    0.5
    """
    known = truth.any(1)
    return truth.gather(1, chances.argmax(1, keepdim=True))[known].float().mean().item()


def set_figures(
    chances: Chances, thresholds: Tensor, truth: Truth, bins: int = 15
) -> dict[str, float]:
    """Micro and macro F1, mAP over the labels that rows have, subset accuracy (all labels right),
    and the calibration error of all decisions, in ``bins`` of equal width; of no row nothing.

    >>> chances, truth = torch.tensor([[0.9, 0.2]]), torch.tensor([[True, False]])
    >>> found = set_figures(chances, torch.full((2,), 0.5), truth)
    >>> found["micro_f1"], round(found["label_ece"], 4)
    (1.0, 0.15)
    """
    if not len(chances):
        return {}
    given = chances > thresholds
    place = (chances * bins).long().clamp(max=bins - 1).flatten()
    gap = torch.zeros(bins, dtype=torch.double)
    gap.index_add_(0, place, (chances.double() - truth.double()).flatten())
    return {
        "micro_f1": micro_f1(given, truth),
        "macro_f1": label_scores(given, truth)["f1"].mean().item(),
        "label_map": average_precision(chances, truth).nanmean().item(),
        "subset_accuracy": (given == truth).all(1).float().mean().item(),
        "label_ece": (gap.abs().sum() / chances.numel()).item(),
    }


def level_figures(
    chances: Chances, thresholds: Tensor, truth: Truth, depths: Sequence[int]
) -> dict[str, float]:
    """Micro F1 and ``top_accuracy`` of the labels of each level, where there are several levels.

    ``depths``: the level of each label, from 1.

    >>> chances, truth = torch.tensor([[0.9, 0.2, 0.6]]), torch.tensor([[True, True, False]])
    >>> found = level_figures(chances, torch.full((3,), 0.5), truth, [1, 2, 2])
    >>> found["accuracy/level_1"], found["accuracy/level_2"], found["micro_f1/level_2"]
    (1.0, 0.0, 0.0)
    """
    levels = sorted(set(depths)) if len(chances) else []
    figures = {}
    for level in levels if len(levels) > 1 else []:
        at = torch.tensor(depths) == level
        given = chances[:, at] > thresholds[at]
        figures[f"micro_f1/level_{level}"] = micro_f1(given, truth[:, at])
        figures[f"accuracy/level_{level}"] = top_accuracy(chances[:, at], truth[:, at])
    return figures
