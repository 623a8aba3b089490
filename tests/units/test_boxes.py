"""Units of boxes and of matched cells against loops; gradients of two ranks."""

from unittest import mock

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d, normalize

from lightning_contrast.batch import PLACE, Batch, Counts, normalized, sample_of
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.heads.centers import Centers
from lightning_contrast.losses.info_nce import InfoNCE
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.pairings.place import Place
from lightning_contrast.runtime.distributed import gather, mean_over_ranks, world_size
from lightning_contrast.testing.ranks import on_two_ranks
from lightning_contrast.units._proposals import with_proposals
from lightning_contrast.units.box import BACKGROUND, Box
from lightning_contrast.units.cell import Cell
from lightning_contrast.units.matched import Matched
from tests.choices import build, run_of

SIDE = 5
BOXES = np.array(
    [
        [[1, 0.0, 0.0, 0.62, 0.52], [0, 0.32, 0.2, 0.88, 1.0], [1, 0.31, 0.28, 0.33, 0.88]],
        [[0, 0.45, 0.45, 0.46, 0.46], [-1, 0, 0, 0, 0], [-1, 0, 0, 0, 0]],
        [[-1, 0, 0, 0, 0]] * 3,
        [[0, 0.72, 0.0, 1.0, 0.22], [1, 0.0, 0.62, 0.52, 1.0], [-1, 0, 0, 0, 0]],
    ],
    dtype=np.float32,
)


def batch_of(boxes, counts=None):
    index = torch.arange(10, 10 + len(boxes))
    return Batch(None, torch.from_numpy(boxes), index, counts or Counts(len(boxes), 0, 0), boxes)


def features_of(rows, cells=SIDE * SIDE, width=4):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(rows, cells, width, generator=generator, dtype=torch.float64)


def by_loop(boxes, features):
    """(row, label, mean) of boxes, then of the cells that no box holds."""
    first, last = [], []
    for row in range(len(boxes)):
        covered = set()
        for kind, left, top, right, bottom in boxes[row].tolist():
            if kind < 0:
                continue
            ends = []
            for low, high in ((left, right), (top, bottom)):
                at = [i for i in range(SIDE) if low <= (i + 0.5) / SIDE < high]
                ends.append(at or [int((low + high) / 2 * SIDE)])
            cells = [y * SIDE + x for y in ends[1] for x in ends[0]]
            covered |= set(cells)
            first.append((row, int(kind), features[row, cells].mean(0)))
        for cell in range(SIDE * SIDE):
            if cell not in covered:
                last.append((row, BACKGROUND, features[row, cell]))
    return first, last


def test_boxes_are_the_means_of_a_loop_and_the_background_is_no_anchor():
    features, batch = features_of(4), batch_of(BOXES)
    unit = Box(background_per_positive=None)
    rows = unit(features, batch)
    first, last = by_loop(BOXES, features)
    assert rows.label.tolist() == [label for _, label, _ in first + last]
    torch.testing.assert_close(rows.embedding, torch.stack([mean for *_, mean in first + last]))
    assert sample_of(rows.slot).tolist() == [row for row, *_ in first + last]
    assert len(rows.slot.unique()) == len(rows.slot) == len(rows.index.unique())
    assert len(unit.anchors(rows, batch, True, False).label) == len(first) == 6
    drawn = Box(background_per_positive=1.5)(features, batch)
    assert (drawn.label == BACKGROUND).sum() == 9
    assert (Box(background_per_positive=0)(features, batch).label < 2).all()


def test_the_same_box_of_another_view_has_the_same_index():
    batch = batch_of(np.concatenate([BOXES, BOXES]), Counts(4, 1, 0))
    batch = batch._replace(index=batch.index[:4].repeat(2))
    unit = Box(background_per_positive=0)
    rows = unit(features_of(8), batch)
    assert torch.equal(rows.index[:6], rows.index[6:])
    assert len(unit.anchors(rows, batch, False, False).label) == 6


def overlap_by_loop(one, other):
    sides = [min(one[i + 2], other[i + 2]) - max(one[i], other[i]) for i in (0, 1)]
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    common = max(sides[0], 0) * max(sides[1], 0)
    return common / (sum(areas) - common)


@pytest.mark.parametrize("by_overlap", [True, False])
def test_proposals_are_rows_that_count_by_their_overlap_as_in_a_loop(by_overlap):
    features = features_of(4).requires_grad_()
    unit = Box(None, proposals=2, overlap=0.75, by_overlap=by_overlap)
    torch.manual_seed(3)
    rows, batch = unit(features, batch_of(BOXES)), batch_of(BOXES)
    torch.manual_seed(3)
    drawn, _ = with_proposals(BOXES, 2)
    first = by_loop(drawn, features)[0]
    last = by_loop(BOXES, features)[1]
    place = [(r, p) for r, p in zip(*np.nonzero(drawn[..., 0] >= 0), strict=True)]
    named = [10 + r + ((p % 3) << PLACE) for r, p in place]
    overlaps = [overlap_by_loop(drawn[r, p, 1:], BOXES[r, p % 3, 1:]) for r, p in place]
    plain = Box(None)(features, batch)
    assert rows.index[:18].tolist() == named and len(rows.slot.unique()) == len(rows.slot)
    torch.testing.assert_close(rows.embedding[:18], torch.stack([mean for *_, mean in first]))
    assert torch.equal(rows.embedding[18:], plain.embedding[6:])  # the background stays
    assert torch.equal(sample_of(rows.slot), torch.tensor([r for r, *_ in first + last]))
    counts = [(u if by_overlap else 1) * (u >= 0.75) for u in overlaps]
    anchors = unit.anchors(rows, batch, True, False)
    assert min(overlaps) >= 0.5 and 0 in counts and len(anchors.label) == 18
    torch.testing.assert_close(
        unit.weigh(anchors).double(), torch.tensor(counts).double(), atol=0.005, rtol=0
    )
    contrast = Contrast(Label(), KeepAll(), SupCon(), block_rows=4, compile=False, weigh=unit.weigh)
    ends = [rows._replace(embedding=normalize(rows.embedding)) for _ in "ab"]
    total, weight = contrast(unit.anchors(ends[0], batch, True, False), ends[1])
    own = ends[0].embedding
    losses = []
    for a in range(18):
        others = [c for c in range(len(own)) if c != a]
        logits = own[a] @ own[others].T / SupCon().temperature
        same = [rows.label[c] == rows.label[a] for c in others]
        losses.append(-(logits - logits.logsumexp(0))[same].mean())
    exact = unit.weigh(anchors).double()
    loop = (torch.stack(losses) * exact).sum() / exact.sum()
    torch.testing.assert_close(total / weight, loop)
    found, wanted = (torch.autograd.grad(v, features, retain_graph=True)[0]
                     for v in (total / weight, loop))  # fmt: skip
    torch.testing.assert_close(found, wanted)


def test_cells_of_images_with_boxes_have_no_label():
    rows = Cell()(features_of(4), batch_of(BOXES))
    assert len(rows.label) == 4 * SIDE * SIDE and (rows.label == -1).all()


def test_matches_are_the_most_similar_cells_of_a_loop():
    features = features_of(6, 16)
    index = torch.tensor([3, 5, 9]).repeat(2)
    batch = Batch(None, index, index, Counts(3, 1, 0))
    unit = Matched(grid=2)
    rows = unit(features, batch)
    maps = features.transpose(1, 2).reshape(6, 4, 4, 4)
    cells = adaptive_avg_pool2d(maps, 2).flatten(2).transpose(1, 2)
    for row in range(3):
        for cell in range(4):
            cosine = [(normalize(cells[row, cell], dim=0) @ normalize(other, dim=0)).item()
                      for other in cells[3 + row]]  # fmt: skip
            torch.testing.assert_close(rows.embedding[8 * row + cell], cells[row, cell])
            match = cells[3 + row, int(np.argmax(cosine))]
            torch.testing.assert_close(rows.embedding[24 + 8 * row + cell], match)
            whole = rows.embedding[[8 * row + 4 + cell, 24 + 8 * row + 4 + cell]]
            torch.testing.assert_close(whole, features[[row, 3 + row]].mean(1))
    assert torch.equal(rows.index[:24], rows.index[24:])
    assert rows.index[1] == 3 + 2**PLACE
    assert [len(unit.anchors(rows, batch, s, False).label) for s in (False, True)] == [24, 48]
    pairs = Place()(unit.anchors(rows, batch, False, False), rows)
    assert (pairs.positive.sum(1) == 1).all() and (pairs.negative.sum(1) == 32).all()


@pytest.mark.parametrize(
    ("unit", "words"),
    [
        (lambda: Box()(torch.zeros(1, 25, 2), Batch(None, torch.zeros(1), None, Counts(1, 0, 0))),
         r"needs boxes in the images, and the source has none"),
        (lambda: Box()(torch.zeros(4, 12, 2), batch_of(BOXES)), r"the encoder gives 12 cells"),
        (lambda: Matched().check(run_of(arguments={"encoder": {"dense": True}},
         positives=build("positives", "none").__class__)), r"set positives=view"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_told(unit, words):
    with pytest.raises(InputError, match=words):
        unit()


def step(boxes, inputs, of_cells=False, proposals=0):
    """Value and gradients of one step, averaged over the ranks as DDP does."""
    torch.manual_seed(0)
    encoder, projector = nn.Linear(4, 4).double(), nn.Linear(4, 3).double()
    head = Centers(4, 2, width=5).double()
    parts = (encoder, projector, head)
    dense = encoder(inputs)
    if of_cells:
        index = torch.arange(len(inputs) // 2).repeat(2) + int(inputs[0, 0, 0] * 1e6)
        batch = Batch(None, index, index, Counts(len(inputs) // 2, 1, 0))
        unit, pairing, loss = Matched(grid=2), Place(), InfoNCE()
    else:
        batch, pairing, loss = batch_of(boxes), Label(), SupCon()
        unit = Box(background_per_positive=None, proposals=proposals, overlap=0.6)
    contrast = Contrast(pairing, KeepAll(), loss, block_rows=3, compile=False, weigh=unit.weigh)
    with mock.patch("torch.rand", lambda *size, **of: torch.linspace(0, 1, size[-1]).expand(size)):
        rows = unit(dense, batch)
    rows = rows._replace(embedding=normalized(projector(rows.embedding)))
    anchors = unit.anchors(rows, batch, False, False)
    value = mean_over_ranks(*contrast(anchors, gather(rows)))
    if not of_cells:
        value = value + mean_over_ranks(*head.loss(dense, batch.label.double()))
    value.backward()
    weights = [p for part in parts for p in part.parameters()]
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in weights]
    if world_size() > 1:
        for gradient in gradients:
            dist.all_reduce(gradient)
            gradient /= world_size()
    return value.detach(), gradients


def shares(number):
    whole = features_of(4)
    cuts = ([[0], [1, 2, 3]], [[2], [0, 1, 3]])  # unequal numbers; a rank without a box
    found = [step(BOXES[cut[number]], whole[cut[number]]) for cut in cuts]
    drawn = step(BOXES[cuts[0][number]], whole[cuts[0][number]], proposals=1)
    return [*found, step(None, whole[[number, number + 2]], True), drawn]  # two views of one image


def test_two_ranks_have_the_gradient_of_one_also_where_one_has_no_box(tmp_path):
    boxes, cells = (step(BOXES, features_of(4), of_cells) for of_cells in (False, True))
    drawn = step(BOXES, features_of(4), proposals=1)
    assert boxes[0] > 0 and cells[0] > 0
    for of_rank in on_two_ranks(shares, tmp_path):
        for (own, found), (value, gradients) in zip(
            of_rank, (boxes, boxes, cells, drawn), strict=True
        ):
            torch.testing.assert_close(own, value, rtol=1e-8, atol=1e-10)
            for one, joined in zip(found, gradients, strict=True):
                torch.testing.assert_close(one, joined, rtol=1e-5, atol=1e-8)
