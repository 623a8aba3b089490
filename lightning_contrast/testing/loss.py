"""What holds for every loss."""

from copy import deepcopy
from functools import partial

import torch
from torch import Tensor

from lightning_contrast.engine.method import TILES
from lightning_contrast.errors import InputError
from lightning_contrast.losses.loss import Loss
from lightning_contrast.metrics.similarity import factors
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.miners.semi_hard import SemiHard
from lightning_contrast.testing.gradients import (
    contrast_of,
    each,
    finite,
    gradient_of,
    leaf,
    mean_and_gradient,
)
from lightning_contrast.testing.ranks import two_processes_have_the_gradient_of_one
from lightning_contrast.testing.rows import batch_for, pairs_between, rows
from lightning_contrast.types import Pairs, Role, Rows

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1]  # unequal classes, one single row, one unlabelled
MINERS = (KeepAll(), Hardest(), SemiHard(0.8))


def check_loss(loss: Loss) -> None:
    """Raises ``AssertionError`` unless a loss holds what all losses of the package hold.

    A loss that asks for ``classes`` or ``embedding_size`` is made with 4 and 6. Its class stands at
    the top of a file: two processes import it.
    """
    for check in CHECKS:
        check(loss)
    two_processes_have_the_gradient_of_one(loss, KeepAll())


def similarity_of(loss: Loss, anchors: Rows, candidates: Rows) -> Tensor:
    """What the loss takes as similarity of its own accord, ``(a, c)``."""
    a, c = factors(loss.similarities[0], anchors.embedding, candidates.embedding)
    return a @ c.T


def blocks_give_value_and_gradient_of_the_full_matrix(loss: Loss) -> None:
    for miner in MINERS:
        whole, sides = deepcopy(loss), batch_for(loss, rows(LABELS))
        anchors, candidates = each(leaf, *sides)
        whole.observe(anchors, candidates)
        similarity = similarity_of(loss, anchors, candidates)
        between = pairs_between(anchors, candidates)
        kept = miner(similarity.detach(), between)
        pairs = kept._replace(
            teacher=between.teacher, score=between.score, anchor_label=between.anchor_label
        )
        total, weight = whole(similarity, pairs)
        expected = total / weight.clamp_min(1)
        expected.backward()
        full = gradient_of(anchors, candidates)
        assert full.any() or miner is not MINERS[0], "random rows have no gradient"
        for block_rows in (1, 7, 11, 100):
            value, gradient = mean_and_gradient(contrast_of(loss, miner, block_rows), *sides)
            torch.testing.assert_close(value, expected.detach(), rtol=1e-10, atol=1e-12)
            torch.testing.assert_close(gradient, full, rtol=1e-10, atol=1e-12)


def the_gradient_is_that_of_finite_differences(loss: Loss) -> None:
    if loss.surrogate_gradient:
        return
    anchors, candidates = batch_for(loss, rows([0, 0, 1, 1, 2], seed=3))
    pairs = pairs_between(anchors, candidates)
    similarity = similarity_of(loss, anchors, candidates).requires_grad_()
    assert torch.autograd.gradcheck(lambda s: loss(s, pairs)[0], similarity)


def permuting_the_batch_permutes_the_gradient(loss: Loss) -> None:
    contrast = contrast_of(loss)
    sides = batch_for(loss, rows(LABELS))
    order = torch.randperm(len(LABELS), generator=torch.Generator().manual_seed(1))

    def orders(side: Rows) -> Tensor:  # prototypes stay where they are
        return torch.arange(len(side.role)) if side.role[0] == Role.PROTOTYPE else order

    def shuffled(side: Rows) -> Rows:
        moved = (side.embedding, side.label, side.index)
        embedding, label, index = (column[orders(side)] for column in moved)
        return side._replace(embedding=embedding, label=label, index=index)

    value, gradient = mean_and_gradient(contrast, *sides)
    value_shuffled, gradient_shuffled = mean_and_gradient(contrast, *each(shuffled, *sides))
    torch.testing.assert_close(value_shuffled, value)
    moved = orders(sides[0])
    if sides[1] is not sides[0]:
        moved = torch.cat([moved, orders(sides[1]) + len(moved)])
    torch.testing.assert_close(gradient_shuffled, gradient[moved])


def a_batch_without_positives_gives_zero_and_no_gradient(loss: Loss) -> None:
    alone = ([0], [-1, -1, -1])
    for label in (*alone, [0, 1], [0, 1, 2]) if loss.needs_positives else alone:
        contrast = contrast_of(loss)
        anchors, candidates = batch_for(loss, rows(label))
        if loss.on_prototypes:  # prototypes of other classes
            candidates = candidates._replace(label=candidates.label + 4)
        if loss.anchors_are_prototypes:  # each class has one: no labels
            candidates = candidates._replace(label=torch.full_like(candidates.label, -1))
        value, gradient = mean_and_gradient(contrast, anchors, candidates)
        assert value == 0, f"labels {label} give {value.item()}, not 0"
        assert not gradient.any(), f"labels {label} give a gradient"
        assert contrast(anchors, candidates)[1] == 0, f"labels {label} have a weight"


def small_and_one_sided_batches_are_finite(loss: Loss) -> None:
    for label in ([0, 0], [0, 0, 0], [0, 0, 1], [0, 0, -1], [0, 0, 1, 1, 1, 2], [0] * 6):
        for classes in (1, 4):
            sides = batch_for(loss, rows(label), classes)
            finite(*mean_and_gradient(contrast_of(loss), *sides), f"labels {label}")


def zero_vectors_and_duplicates_are_finite(loss: Loss) -> None:
    sides = batch_for(loss, rows([0, 0, 1, 1, 0, 1], width=4))

    def degenerate(side: Rows) -> Rows:
        found = torch.full_like(side.embedding, 0.5)
        found[-2:] = 0
        found[2] *= -1 if side.role[0] == Role.PROTOTYPE else 1  # a prototype opposite to its rows
        return side._replace(embedding=found)

    finite(*mean_and_gradient(contrast_of(loss), *each(degenerate, *sides)), "zero vectors")


def a_row_of_nan_is_no_silent_number(loss: Loss) -> None:
    batch = rows([0, 0, 1, 1, 0, 1])
    batch.embedding[1] = torch.nan
    value, _ = mean_and_gradient(contrast_of(loss), *batch_for(loss, batch))
    assert not value.isfinite(), f"a row of NaN gives {value.item()}, so that no run would stop"


def half_precision_is_scored_in_float32(loss: Loss) -> None:
    for dtype in (torch.float16, torch.bfloat16):
        sides = batch_for(loss, rows(LABELS, dtype=dtype))
        value, gradient = mean_and_gradient(contrast_of(loss), *sides)
        wide = each(lambda side: side._replace(embedding=side.embedding.float()), *sides)
        expected, expected_gradient = mean_and_gradient(contrast_of(loss), *wide)
        assert value.dtype == torch.float32, f"{dtype} is scored in {value.dtype}"
        assert gradient.dtype == dtype
        torch.testing.assert_close(value, expected)
        torch.testing.assert_close(gradient.float(), expected_gradient, rtol=0.02, atol=0.02)


def float32_is_finite_and_right_at_every_temperature(loss: Loss) -> None:
    for temperature in (0.005, 0.05, 1.0, 10.0) if hasattr(loss, "temperature") else ():
        contrast = contrast_of(loss)
        contrast.loss.temperature = temperature
        exactly, roughly = (
            mean_and_gradient(contrast, *batch_for(loss, rows(LABELS, dtype=dtype)))
            for dtype in (torch.float64, torch.float32)
        )
        torch.testing.assert_close(roughly[0].double(), exactly[0], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(roughly[1].double(), exactly[1], rtol=1e-3, atol=1e-3)


def no_grad_gives_the_same_value(loss: Loss) -> None:
    sides = batch_for(loss, rows(LABELS))
    value, _ = mean_and_gradient(contrast_of(loss), *sides)
    with torch.no_grad():
        total, weight = contrast_of(loss, block_rows=4)(*sides)
    torch.testing.assert_close(total / weight, value)
    assert not total.requires_grad


def anchors_count_by_their_weights(loss: Loss) -> None:
    """Against a loop over the anchors, each scored alone."""
    try:
        loss.check_weights()
    except InputError:
        return
    weigh, sides = (
        partial(torch.index_select, torch.rand(11).double(), 0),
        batch_for(loss, rows(LABELS)),
    )
    anchors, candidates = each(leaf, *sides)
    similarity, pairs = similarity_of(loss, anchors, candidates), pairs_between(anchors, candidates)
    total = weight = torch.zeros((), dtype=torch.float64)
    for row, count in enumerate(weigh(anchors.index)):
        tiles = {n: t[row : row + 1] for n in TILES if (t := getattr(pairs, n)) is not None}
        value, own = loss(similarity[row : row + 1], Pairs(**tiles))
        total, weight = total + count * value, weight + count * own
    (total / weight).backward()
    expected = gradient_of(anchors, candidates)
    for block_rows in (4, 100):
        contrast = contrast_of(loss, block_rows=block_rows)
        contrast.weigh = lambda side: weigh(side.index)
        value, gradient = mean_and_gradient(contrast, *sides)
        torch.testing.assert_close(value, (total / weight).detach(), rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(gradient, expected, rtol=1e-9, atol=1e-12)


CHECKS = (
    blocks_give_value_and_gradient_of_the_full_matrix,
    the_gradient_is_that_of_finite_differences,
    permuting_the_batch_permutes_the_gradient,
    a_batch_without_positives_gives_zero_and_no_gradient,
    small_and_one_sided_batches_are_finite,
    zero_vectors_and_duplicates_are_finite,
    a_row_of_nan_is_no_silent_number,
    half_precision_is_scored_in_float32,
    float32_is_finite_and_right_at_every_temperature,
    no_grad_gives_the_same_value,
    anchors_count_by_their_weights,
)
"""The checks in one process, each of a loss."""
