import copy

import pytest
import torch

from lightning_contrast.evaluation.batches import batch_pairs
from lightning_contrast.evaluation.suspects import suspects
from lightning_contrast.protocols.diagnostics import Diagnostics
from lightning_contrast.types import Embedded


def test_a_pairing_by_label_has_no_false_negatives_and_one_by_instance_the_chance_of_a_class(
    subject,
):
    assert Diagnostics(batches=3)(subject).figures["diagnostics/false_negatives"] == 0
    blind = copy.copy(subject)
    instance = {"_target_": "lightning_contrast.pairings.instance.Instance"}
    blind.config = {**subject.config, "pairing": instance}
    pairs = batch_pairs(blind, batches=3)
    label = torch.cat([batch.anchor.label for batch in subject.datamodule.train_dataloader()][:3])
    count = torch.bincount(label).double() / len(label)
    chance = count.square().sum().item()
    assert pairs.false_negative / pairs.known == pytest.approx(chance, rel=0.35)


def test_the_same_pairs_every_time_and_no_random_number_is_used_up(subject):
    torch.manual_seed(7)
    expected = torch.rand(1)
    torch.manual_seed(7)
    first = batch_pairs(subject, batches=2)
    assert torch.equal(torch.rand(1), expected)
    second = batch_pairs(subject, batches=2)
    assert all(torch.equal(a, b) for a, b in zip(first[:4], second[:4], strict=True))


def test_wrong_labels_are_found_among_their_neighbours():
    generator = torch.Generator().manual_seed(0)
    label = torch.arange(300) % 3
    features = 6 * torch.eye(3)[label] + torch.randn(300, 3, generator=generator)
    given = label.clone()
    given[:15] = (label[:15] + 1) % 3
    rows = Embedded(features, features, features, given, torch.arange(300) + 1000)
    found = suspects(rows)
    assert {suspect.row for suspect in found[:15]} == set(range(1000, 1015))
    assert all(label[s.row - 1000] == s.neighbours for s in found[:15])
    fresh = rows._replace(features=features + 0.1)
    assert {suspect.row for suspect in suspects(rows, fresh)[:15]} == set(range(1000, 1015))


def test_a_label_that_training_lacks_is_doubted_and_nothing_breaks():
    eye = torch.eye(2)[[0, 0, 0, 1]]
    train = Embedded(eye, eye, eye, torch.tensor([0, 0, 0, 1]), torch.arange(4))
    new = Embedded(eye[:1], eye[:1], eye[:1], torch.tensor([5]), torch.tensor([9]))
    assert [(s.row, s.label, s.neighbours) for s in suspects(train, new, k=3)] == [(9, 5, 0)]
    assert suspects(train, Embedded(*(column[:0] for column in new))) == []


def test_a_run_without_a_contrast_says_so(text_subject):
    plain = copy.copy(text_subject)
    module = text_subject.config["module"] | {"contrast_weight": 0.0}
    plain.config = {**text_subject.config, "module": module}
    found = Diagnostics()(plain)
    assert "no contrast" in found.notes[0]
    assert "diagnostics/effective_rank" in found.figures
