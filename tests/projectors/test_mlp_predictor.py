"""BYOL's and SimSiam's losses, by their formulas: a predictor of fixed targets."""

import torch
from torch.nn.functional import cosine_similarity

from lightning_contrast.candidates.stop_gradient import StopGradient
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.losses.alignment import Alignment
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.projectors.mlp_predictor import MLPPredictor
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
