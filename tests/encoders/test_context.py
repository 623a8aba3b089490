"""A policy that is told its task by a set; the contrast shapes the task's vector alone."""

import pytest
import torch

from lightning_contrast.encoders.context import Context
from lightning_contrast.errors import InputError
from lightning_contrast.projectors.leading import LeadingProjector


@pytest.fixture
def encoder():
    torch.manual_seed(0)
    return Context(size=(6, 5), width=3, hidden=8)


def test_a_tasks_vector_is_that_of_the_mean_over_its_transitions_in_any_order(encoder):
    tables = torch.rand(4, 1, 6, 5)
    found = encoder(tables)
    assert found.shape == (4, encoder.out_features) == (4, 11)
    for table, features in zip(tables[:, 0], found, strict=True):
        each = torch.stack([encoder.transition(line) for line in table[1:]])
        task = encoder.task(each.mean(0))
        torch.testing.assert_close(features[:3], task)
        torch.testing.assert_close(features[3:], encoder.policy(torch.cat((table[0], task))))
    order = torch.tensor([0, 3, 1, 5, 4, 2])
    torch.testing.assert_close(encoder(tables[:, :, order]), found)


def test_the_contrast_sees_the_task_and_neither_the_state_nor_the_policy(encoder):
    tables = torch.rand(4, 1, 6, 5)
    projector = LeadingProjector(encoder.out_features, out_features=3)
    embedding = projector(encoder(tables))
    embedding.square().sum().backward()
    touched = {name.split(".")[0] for name, p in encoder.named_parameters() if p.grad is not None}
    moved = {
        name
        for name in touched
        if any(p.grad.any() for p in encoder.get_submodule(name).parameters())
    }
    assert moved == {"transition", "task"}
    tables[:, :, 0] = 9
    torch.testing.assert_close(projector(encoder(tables)), embedding)


def test_without_a_transition_nothing_tells_the_task():
    alone = Context(size=(1, 5), width=3, hidden=8)(torch.rand(4, 1, 1, 5))
    assert alone.isfinite().all() and torch.equal(alone[0, :3], alone[3, :3])


def test_what_does_not_fit_is_refused_in_a_line():
    with pytest.raises(InputError, match=r"encoder.size must be two numbers, lines and columns"):
        Context(size=(3,))
    with pytest.raises(
        InputError, match=r"at most in_features, the 4 .*set projector.out_features=4"
    ):
        LeadingProjector(4, out_features=5)
