"""Assignments to prototypes: values in loops, what has a gradient, ranks, and what is refused."""

from functools import partial

import pytest
import torch
from torch import nn
from torch.nn.functional import normalize

from lightning_contrast.batch import Batch, Counts
from lightning_contrast.candidates._assignments import balanced
from lightning_contrast.candidates.dino import Dino
from lightning_contrast.candidates.store import Joined
from lightning_contrast.candidates.swav import Swav
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.alignment import Alignment
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.runtime.distributed import gather, mean_over_ranks, world_size
from lightning_contrast.testing.ranks import on_two_ranks
from lightning_contrast.testing.rows import rows
from lightning_contrast.types import Rows
from tests.choices import build, run_of

STORES = {
    "swav": partial(Swav, embedding_size=6, prototypes=5),
    "dino": partial(Dino, embedding_size=6, outputs=5),
}
stores = pytest.mark.parametrize("name", STORES)


def two_views(number=4, seed=0) -> Rows:
    """Rows of which ``i`` and ``i + number`` show the same."""
    found = rows([0] * (2 * number), seed=seed)
    return found._replace(index=torch.arange(number).repeat(2))


def made(name):
    torch.manual_seed(0)
    return STORES[name]().double()


def softmax(values):
    whole = sum(value.exp() for value in values)
    return [value.exp() / whole for value in values]


def sinkhorn(found, epsilon=0.05, iterations=3):
    """Rows and columns in turn, in loops."""
    share = (found / epsilon).exp()
    for _ in range(iterations):
        for column in range(share.shape[1]):
            share[:, column] /= share[:, column].sum()
        for row in range(share.shape[0]):
            share[row] /= share[row].sum()
    return share


def cross_entropy(name, store, batch, number=4):
    """The mean over rows of the cross-entropy with the assignment of the other view."""
    weight = normalize(store.weight, dim=1)
    found = batch.embedding @ weight.T
    if name == "swav":
        target = sinkhorn(found.detach().clone())
    else:
        logits = (
            batch.embedding.detach() @ normalize(store.teacher, dim=1).T - store.center
        ) / 0.04
        target = torch.stack([torch.stack(softmax(row)) for row in logits])
    total = 0
    for i in range(2 * number):
        predicted = softmax(found[i] / 0.1)
        other = target[(i + number) % (2 * number)]
        total -= sum(q * p.log() for q, p in zip(other, predicted, strict=True))
    return total / (2 * number)


@stores
def test_the_loss_is_one_more_than_the_cross_entropy_of_the_other_view(name):
    store, batch = made(name), two_views()
    leaf = batch._replace(embedding=batch.embedding.clone().requires_grad_())
    if name == "dino":
        store.center += torch.arange(5) / 9
    reference = cross_entropy(name, store, leaf)
    expected = torch.autograd.grad(reference, [leaf.embedding, store.weight])
    total, weight = Contrast(Instance(), KeepAll(), Alignment(), compile=False)(*store(leaf, leaf))
    found = torch.autograd.grad(total / weight, [leaf.embedding, store.weight])
    torch.testing.assert_close((total / weight).detach(), reference.detach() + 1)
    torch.testing.assert_close(found, expected)


def test_balanced_assignments_sum_to_one_and_use_all_prototypes_alike():
    found = torch.randn(40, 5, generator=torch.Generator().manual_seed(0)) / 3
    share = balanced(found, epsilon=0.1, iterations=100)
    torch.testing.assert_close(share.sum(1), torch.ones(40))
    torch.testing.assert_close(share.sum(0), torch.full((5,), 8.0), rtol=1e-3, atol=1e-3)
    assert balanced(found[:0], 0.1, 3).shape == (0, 5)


def test_the_center_is_the_moving_average_of_the_outputs_and_stays_outside_of_training():
    store, batch = made("dino"), two_views()
    expected = 0.1 * (batch.embedding @ normalize(store.teacher, dim=1).T).mean(0)
    store(batch, batch)
    torch.testing.assert_close(store.center, expected)
    store.eval()(batch, batch)
    torch.testing.assert_close(store.center, expected)


@stores
def test_only_the_first_views_of_a_row_are_targets(name):
    store, batch = (
        made(name),
        Batch(torch.zeros(20, 6), *torch.zeros(2, 20).long(), Counts(5, 3, 0)),
    )
    module = Module()
    if name == "dino":
        store.adopt(nn.Linear(6, 6), nn.Identity())
    keys = store.keys(module, Rows(torch.zeros(20, 6), *torch.zeros(4, 20)), batch)
    assert len(keys.label) == 10


class Module:
    """A classifier as far as a momentum encoder asks one."""

    global_step, symmetric = 0, True

    class trainer:
        estimated_stepping_batches = 10

    class network:
        encoder, projector = nn.Linear(6, 6), nn.Identity()

        @staticmethod
        def preprocess(inputs):
            return inputs


def test_the_teachers_outputs_follow_as_its_encoder_does():
    store = Dino(embedding_size=6, outputs=5, momentum=0.5, final_momentum=0.5)
    store.adopt(nn.Linear(6, 6), nn.Identity())
    first = store.teacher.clone()
    with torch.no_grad():
        store.weight += 1
    store.follow(Module())
    store.follow(Module())  # once a step
    torch.testing.assert_close(store.teacher, first + 0.5)
    assert not store.teacher.requires_grad


@stores
def test_what_else_would_be_scored_is_refused(name):
    store = made(name)
    fine = {"candidates": store, "loss": Alignment()}
    store.check(run_of(**fine))
    with pytest.raises(InputError, match="set loss=alignment"):
        store.check(run_of(candidates=store, loss=build("loss", "info_nce")))
    with pytest.raises(InputError, match="beside no embeddings"):
        store.check(run_of(loss=Alignment(), candidates=Joined({"a": store, "b": store})))
    with pytest.raises(InputError, match="know no negatives"):
        store.check(run_of(**fine, arguments={"negatives": {"k": 2}}))


def step(name, sizes, number=0):
    import torch.distributed as dist

    torch.manual_seed(0)
    store, layer = made(name), nn.Linear(6, 6).double()
    contrast = Contrast(Instance(), KeepAll(), Alignment(), block_rows=3, compile=False)
    whole = two_views()._replace(slot=torch.arange(8))
    mine = Rows(*(column.split(list(sizes))[number] for column in whole))
    local = mine._replace(embedding=normalize(layer(mine.embedding), dim=1))
    value = mean_over_ranks(*contrast(*store(local, gather(local))))
    value.backward()
    gradients = [layer.weight.grad, store.weight.grad]
    for gradient in gradients if world_size() > 1 else ():
        dist.all_reduce(gradient)
        gradient /= world_size()
    return [value.detach(), *gradients, getattr(store, "center", value.detach())]


def steps(number):
    return {n: [step(n, sizes, number) for sizes in ([4, 4], [3, 5], [0, 8])] for n in STORES}


def test_two_ranks_have_the_gradient_and_the_center_of_one(tmp_path):
    for rank in on_two_ranks(steps, tmp_path):
        for name in STORES:
            for found in rank[name]:
                torch.testing.assert_close(found, step(name, [8]), rtol=1e-7, atol=1e-12)
