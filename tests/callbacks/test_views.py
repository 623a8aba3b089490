"""The measure of rows without labels, beside loops over pairs."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from lightning_contrast.callbacks.views import NAME, ValidationViews
from lightning_contrast.data.image import ImageDataModule
from lightning_contrast.data.own_views import embed_views
from lightning_contrast.encoders.convnet import ConvNet
from lightning_contrast.heads.none import NoHead
from lightning_contrast.modules.network import Network
from lightning_contrast.projectors.mlp import MLPProjector
from lightning_contrast.sources.digits import Digits
from lightning_contrast.views.image import ImageView
from tests.callbacks.tiny import Tiny


@pytest.fixture(scope="module")
def seen():
    """A network with statistics of batches, and digits whose views move them."""
    datamodule = ImageDataModule(Digits(), view=ImageView(), batch_size=8, eval_batch_size=16)
    datamodule.setup()
    encoder = ConvNet(channels=1, image_size=8, widths=(8,))
    projector = MLPProjector(encoder.out_features, 8, layers=2, batch_norm=True)
    head = NoHead(encoder.out_features, 10)
    return Network(encoder, projector, head, datamodule.preprocess, datamodule.classes), datamodule


def test_the_views_are_the_same_each_time_and_leave_no_trace(seen):
    network, datamodule = seen
    network.eval()
    rows = datamodule.splits.validation[:40]
    before = {name: value.clone() for name, value in network.state_dict().items()}
    state = torch.get_rng_state()
    one, other = embed_views(network, datamodule, rows)
    again, _ = embed_views(network, datamodule, rows)
    assert torch.equal(one, again) and not torch.allclose(one, other)
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(part.training for part in network.modules())
    assert all(torch.equal(network.state_dict()[name], value) for name, value in before.items())
    torch.testing.assert_close(one.norm(dim=1), torch.ones(40))


def test_the_figure_is_that_of_loops_over_rows_and_pairs(seen, monkeypatch):
    network, datamodule = seen
    module = Tiny()
    module.network = network
    told = {}
    monkeypatch.setattr(module, "log", lambda name, value, **_: told.update({name: value}))
    ValidationViews(rows=33).on_validation_epoch_end(SimpleNamespace(datamodule=datamodule), module)
    # 33 rows are two batches and one row more, which is left out
    rows = np.random.default_rng(0).permutation(datamodule.splits.validation)[:32]
    one, other = (view.double() for view in embed_views(network, datamodule, rows))
    near = sum(float((a - b).square().sum()) for a, b in zip(one, other, strict=True)) / 32
    pairs = [
        math.exp(-2 * float((one[i] - one[j]).square().sum()))
        for i in range(32)
        for j in range(32)
        if i != j
    ]
    assert told[NAME] == pytest.approx(-near - math.log(sum(pairs) / len(pairs)), abs=1e-5)


def test_rows_that_have_fallen_together_score_zero(seen, monkeypatch):
    _, datamodule = seen
    point = torch.eye(8)[:1].expand(20, 8)
    monkeypatch.setattr("lightning_contrast.callbacks.views.embed_views", lambda *_: (point, point))
    module = Tiny()
    module.network = None
    told = {}
    monkeypatch.setattr(module, "log", lambda name, value, **_: told.update({name: value}))
    ValidationViews().on_validation_epoch_end(SimpleNamespace(datamodule=datamodule), module)
    assert told[NAME] == pytest.approx(0, abs=1e-6)
