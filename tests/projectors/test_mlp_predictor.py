"""BYOL's and SimSiam's losses, by their formulas: a predictor of fixed targets."""

import copy
from types import SimpleNamespace

import torch
from torch import nn
from torch.nn.functional import cosine_similarity

from lightning_contrast.batch import Batch, Counts, columns
from lightning_contrast.candidates.momentum import Momentum
from lightning_contrast.candidates.stop_gradient import StopGradient
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.losses.alignment import Alignment
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.projectors.mlp_predictor import MLPPredictor
from lightning_contrast.runtime.distributed import gather, mean_over_ranks, world_size
from lightning_contrast.testing.ranks import on_two_ranks
from lightning_contrast.types import Rows
from tests.modules.test_classifier import text_classifier, token_batch


def simsiam():
    torch.manual_seed(0)
    model = text_classifier(
        candidates=StopGradient(),
        contrast=Contrast(Instance(), KeepAll(), Alignment()),
        head_weight=0.0,
    )
    model.network.projector = MLPPredictor(8, out_features=8)
    return model.eval()  # dropout off; batch norm by its running figures


def test_the_loss_and_its_gradient_are_those_of_simsiam():
    model = simsiam()
    batch = token_batch(model)
    model.training_step(batch).backward()
    found = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    projector = model.network.projector
    z = projector(model.network(batch.inputs))
    p, z = projector.predictor(z), z.detach()
    # each anchor meets the other view of its row
    similarity = torch.cat([cosine_similarity(p[:4], z[4:]), cosine_similarity(p[4:], z[:4])])
    (1 - similarity).mean().backward()
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            torch.testing.assert_close(found[name], parameter.grad, rtol=1e-4, atol=1e-6)
    assert found["network.projector.predictor.network.0.weight"].any()


def test_the_embedding_is_the_projection_and_not_the_prediction():
    network = simsiam().network
    features = torch.rand(3, 8)
    expected = torch.nn.functional.normalize(network.projector(features), dim=1)
    torch.testing.assert_close(network.project(features), expected)


def step(store, sizes, number=0):
    """Gradients of one step of SimSiam or BYOL on this rank's share of four rows in two views."""
    import torch.distributed as dist

    torch.manual_seed(0)
    projector = MLPPredictor(6, out_features=4, batch_norm=False).double()
    views = torch.randn(2, 4, 6, dtype=torch.float64)
    first = sum(sizes[:number])
    mine = views[:, first : first + sizes[number]].flatten(0, 1)
    index = torch.arange(4)[first : first + sizes[number]].repeat(2)
    batch = Batch(mine, index, index, Counts(sizes[number], 1, 0))
    network = SimpleNamespace(encoder=nn.Identity(), projector=projector)
    network.preprocess = lambda inputs: inputs
    store.adopt(network.encoder, copy.deepcopy(projector))
    module = SimpleNamespace(network=network, symmetric=True, global_step=-1)
    contrast = Contrast(Instance(), KeepAll(), Alignment(), block_rows=3, compile=False)
    projected = projector(mine)
    rows = Rows(contrast.embedding(projected), *columns(batch))
    keys = store.keys(module, rows, batch)
    anchors = projector.asking(rows, projected)
    value = mean_over_ranks(*contrast(*store(anchors, gather(keys))))
    value.backward()
    gradients = [parameter.grad for parameter in projector.parameters()]
    for gradient in gradients if world_size() > 1 else ():
        dist.all_reduce(gradient)
        gradient /= world_size()
    return [value.detach(), *gradients]


STORES = (StopGradient, lambda: Momentum(0.9, 0.9))


def steps(number):
    return [[step(of(), s, number) for s in ([2, 2], [1, 3], [0, 4])] for of in STORES]


def test_two_ranks_have_the_value_and_the_gradient_of_one_also_with_no_row_on_one(tmp_path):
    for rank in on_two_ranks(steps, tmp_path):
        for of, found in zip(STORES, rank, strict=True):
            expected = step(of(), [4])
            assert all(part.any() for part in expected)
            for each in found:
                torch.testing.assert_close(each, expected, rtol=1e-7, atol=1e-12)
