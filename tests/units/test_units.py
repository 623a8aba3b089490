"""Units against loops over samples and places; gradients of two ranks; what they refuse."""

from functools import partial

import numpy as np
import pytest
import torch
import torch.distributed as dist
from torch import nn

from lightning_contrast.batch import PLACE, Batch, Counts, normalized, sample_of, slots
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.runtime.distributed import gather, mean_over_ranks, world_size
from lightning_contrast.testing.ranks import on_two_ranks
from lightning_contrast.types import Role
from lightning_contrast.units.cell import Cell
from lightning_contrast.units.span import Span
from lightning_contrast.units.token import Token
from lightning_contrast.units.whole import Whole
from tests.choices import build, names, run_of

CLASSES = ["O", "B-per", "I-per", "B-place", "I-place"]
TAGS = np.array(
    [
        [0, 1, 2, 2, 0, 3, -2],
        [3, 3, 4, 0, 0, 0, 0],
        [0, 0, -1, 0, -2, -2, -2],
        [1, -2, -2, -2, -2, -2, -2],
    ]
)


def batch_of(label: np.ndarray, counts: Counts | None = None) -> Batch:
    counts = counts or Counts(len(label), 0, 0)
    index = torch.arange(10, 10 + len(label))
    return Batch(None, torch.from_numpy(label), index, counts, label)


def features_of(label: np.ndarray, width: int = 5) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(*label.shape, width, generator=generator, dtype=torch.float64)


def tokens_by_loop(label, features, merged=False):
    """Entity tokens row by row, then the background."""
    first, last = [], []
    for row in range(label.shape[0]):
        for place in range(label.shape[1]):
            tag = label[row, place]
            if tag >= 0:
                if merged and tag in (2, 4):
                    tag -= 1
                entry = (row, place, tag, features[row, place])
                (last if tag == 0 else first).append(entry)
    return first, last


def spans_by_loop(label, features):
    first, last = [], []
    for row in range(label.shape[0]):
        place = 0
        while place < label.shape[1]:
            tag = label[row, place]
            if tag == 0:
                last.append((row, place, 0, features[row, place]))
            if tag not in (1, 3):
                place += 1
                continue
            stop = place + 1
            while stop < label.shape[1] and label[row, stop] == tag + 1:
                stop += 1
            first.append((row, place, tag, features[row, place:stop].mean(0)))
            place = stop
    return first, last


def check(rows, entries, counts):
    role, slot = slots(counts, 0)
    assert len(rows.label) == len(entries)
    for at, (row, place, tag, vector) in enumerate(entries):
        torch.testing.assert_close(rows.embedding[at], vector)
        assert rows.label[at] == tag and rows.role[at] == role[row]
        assert rows.index[at] == 10 + row + place * 2**PLACE
        assert int(rows.slot[at]) == int(slot[row]) + place * 2**PLACE
    assert len(set(rows.slot.tolist())) == len(entries)
    assert sample_of(rows.slot).tolist() == sample_of(slot)[[e[0] for e in entries]].tolist()


@pytest.mark.parametrize("merged", [False, True])
def test_tokens_are_those_of_a_loop(merged):
    features, batch = features_of(TAGS), batch_of(TAGS)
    unit = Token(names=CLASSES, merged=merged)
    rows = unit(features, batch)
    first, last = tokens_by_loop(TAGS, features, merged)
    check(rows, first + last, batch.counts)
    assert len(unit.anchors(rows, batch, True, False).label) == len(first) == 8


def test_spans_are_the_means_of_a_loop():
    features, batch = features_of(TAGS), batch_of(TAGS)
    unit = Span(names=CLASSES, background_per_positive=None)
    rows = unit(features, batch)
    first, last = spans_by_loop(TAGS, features)
    check(rows, first + last, batch.counts)
    assert len(unit.anchors(rows, batch, True, False).label) == len(first) == 5
    alone = Span(background=None, names=CLASSES)(features, batch)
    check(alone, first, batch.counts)


def test_an_inside_tag_behind_another_type_begins_a_span():
    label = np.array([[2, 2, 4, 0, 4]])
    rows = Span(background=None, names=CLASSES)(features_of(label), batch_of(label))
    assert rows.label.tolist() == [1, 3, 3]


def test_cells_without_labels_have_that_of_their_image():
    label = torch.tensor([4, 7, 4, 7])
    batch = Batch(None, label, torch.tensor([0, 1, 0, 1]), Counts(2, 1, 0))
    features = features_of(np.zeros((4, 6)))
    unit = Cell()
    rows = unit(features, batch)
    assert rows.label.tolist() == [4] * 6 + [7] * 6 + [4] * 6 + [7] * 6
    torch.testing.assert_close(rows.embedding, features.flatten(0, 1))
    assert torch.equal(rows.index[:12], rows.index[12:])  # the same cells of the other view
    assert len(unit.anchors(rows, batch, False, False).label) == 12
    assert len(unit.anchors(rows, batch, True, False).label) == 24


def test_cells_with_labels_are_chosen_as_tokens_are():
    features, batch = features_of(TAGS), batch_of(TAGS)
    rows = Cell(background="O", names=CLASSES)(features, batch)
    first, last = tokens_by_loop(TAGS, features)
    check(rows, first + last, batch.counts)


@pytest.mark.parametrize(("symmetric", "anchors"), [(False, 4), (True, 8)])
def test_places_of_positives_are_anchors_where_they_are_asked_for_and_of_negatives_never(
    symmetric, anchors
):
    label = np.concatenate([TAGS[:1], TAGS[:1], TAGS[1:2]])
    batch = batch_of(label, Counts(1, 1, 1))
    unit = Token(names=CLASSES)
    rows = unit(features_of(label), batch)
    kept = unit.anchors(rows, batch, symmetric, False)
    assert len(kept.label) == anchors and (kept.label > 0).all()
    roles = {Role.ANCHOR, Role.POSITIVE} if symmetric else {Role.ANCHOR}
    assert set(kept.role.tolist()) == roles
    assert (rows.role == Role.NEGATIVE).sum() == 7


def test_so_much_of_the_background_is_drawn_as_is_asked_for_and_the_seed_says_which():
    label = np.zeros((40, 50), dtype=np.int64)
    label[:, 3] = 1
    batch, features = batch_of(label), features_of(label)
    unit = Token(names=CLASSES, background_per_positive=2.5)
    found = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        rows = unit(features, batch)
        assert (rows.label == 0).sum() == 100 and (rows.label == 1).sum() == 40
        found.append(rows.slot.tolist())
    assert found[0] == found[1] != found[2]
    counts = np.zeros(label.shape)
    for _ in range(200):
        slot = unit(features, batch).slot[40:]
        np.add.at(counts, (sample_of(slot).numpy(), (slot >> PLACE).numpy()), 1)
    share = counts[label == 0] / 200
    assert abs(share.mean() - 100 / 1960) < 1e-9 and share.max() < 0.15  # no place is preferred


def test_a_text_of_many_places_has_a_slot_for_each():
    label = np.ones((3, 5000), dtype=np.int64)
    rows = Token(names=CLASSES)(torch.zeros(3, 5000, 1), batch_of(label))
    assert len(rows.slot.unique()) == 15000
    assert sample_of(rows.slot).unique().tolist() == [0, 1, 2]


def test_a_batch_without_a_labelled_place_has_no_rows_and_a_loss_of_zero():
    label = np.full((2, 3), -1)
    encoder = nn.Linear(4, 4).double()
    unit, batch = Token(names=CLASSES), batch_of(label)
    rows = unit(encoder(torch.ones(2, 3, 4).double()), batch)
    rows = rows._replace(embedding=normalized(rows.embedding))
    total, weight = Contrast(Label(), KeepAll(), SupCon())(
        unit.anchors(rows, batch, True, False), rows
    )
    mean_over_ranks(total, weight).backward()
    assert weight == 0 and encoder.weight.grad.abs().sum() == 0


def step(label: np.ndarray, unit_name: str, inputs: torch.Tensor) -> tuple:
    """Value and gradients of one step, averaged over the ranks as DDP does."""
    torch.manual_seed(0)
    encoder, projector = nn.Linear(5, 4).double(), nn.Linear(4, 3).double()
    settings = {"background": "O", "background_per_positive": None, "names": CLASSES}
    unit = {"token": Token, "span": Span, "cell": Cell}[unit_name](**settings)
    contrast = Contrast(Label(), KeepAll(), SupCon(), block_rows=3, compile=False)
    batch = batch_of(label)
    rows = unit(encoder(inputs), batch)
    rows = rows._replace(embedding=normalized(projector(rows.embedding)))
    anchors = unit.anchors(rows, batch, True, False)
    value = mean_over_ranks(*contrast(anchors, gather(rows)))
    value.backward()
    gradients = [p.grad for p in (*encoder.parameters(), *projector.parameters())]
    if world_size() > 1:
        for gradient in gradients:
            dist.all_reduce(gradient)
            gradient /= world_size()
    return value.detach(), gradients


def shares(number: int, unit: str) -> list:
    """Unequal numbers of rows; a rank with background alone; a rank without a place."""
    whole = features_of(TAGS)
    found = []
    for cuts in ([[0], [1, 2, 3]], [[2], [0, 1, 3]], [[0, 1, 2, 3], []]):
        own = cuts[number]
        label, inputs = TAGS[own], whole[own]
        if not own:  # a row of padding: a rank whose texts were left empty
            label, inputs = np.full((1, 7), -2), torch.zeros(1, 7, 5, dtype=torch.float64)
        found.append(step(label, unit, inputs))
    return found


@pytest.mark.parametrize("unit", ["token", "span", "cell"])
def test_two_ranks_have_the_gradient_of_one_also_where_one_has_no_place(unit, tmp_path):
    expected = step(TAGS, unit, features_of(TAGS))
    assert expected[0] > 0
    for of_rank in on_two_ranks(partial(shares, unit=unit), tmp_path):
        for value, gradients in of_rank:
            torch.testing.assert_close(value, expected[0], rtol=1e-10, atol=1e-12)
            for own, joined in zip(gradients, expected[1], strict=True):
                torch.testing.assert_close(own, joined, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in names("unit") if name != "whole"])
def test_the_choices_refuse_what_they_can_not_read(name):
    unit = build("unit", name)
    dense = {"arguments": {"encoder": {"dense": True}}}
    unit.check(run_of(unit=unit, **dense))
    with pytest.raises(InputError, match=r"set encoder.dense=true"):
        unit.check(run_of(unit=unit))
    with pytest.raises(InputError, match=r"set encoder.dense=false"):
        Whole().check(run_of(**dense))
    with pytest.raises(InputError, match=r"sums of two rows"):
        unit.check(run_of(unit=unit, loss=build("loss", "angular"), **dense))
    momentum = build("candidates", "momentum")
    with pytest.raises(InputError, match=r"encodes whole samples"):
        momentum.check(run_of(unit=unit, candidates=momentum, **dense))
    if unit.needs_place_labels:
        with pytest.raises(InputError, match=r"moves or hides some: set view=identity"):
            unit.check(run_of(unit=unit, view=build("view", "token_dropout"), **dense))


@pytest.mark.parametrize("unit", [Token, Span, Cell])
def test_a_background_that_is_no_class_is_named(unit):
    with pytest.raises(InputError, match=r"must be one of the classes O, B-per.*got 'none'"):
        unit(background="none", names=CLASSES)


@pytest.mark.parametrize("unit", [Token, Span])
def test_data_without_labels_of_places_is_told(unit):
    batch = batch_of(TAGS)._replace(places=None)
    with pytest.raises(InputError, match=r"needs a label for each place"):
        unit(names=CLASSES)(features_of(TAGS), batch)
