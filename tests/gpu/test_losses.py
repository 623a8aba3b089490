"""Every loss and miner on a GPU: what float64 gives on the CPU, without waiting for the device."""

import pytest
import torch

from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.testing.rows import ScoredLabels, batch_for, rows
from lightning_contrast.types import Rows
from tests.choices import build, names

pytestmark = pytest.mark.gpu
CLASSES, WIDTH = 7, 32
SORTS = {"ranked_list", "fast_ap"}  # a similarity on the edge of a bin may fall on either side


def contrast(loss, miner, device, **settings):
    return Contrast(ScoredLabels(), miner, loss, **settings).to(device)


def loss_of(name):
    torch.manual_seed(0)  # some have parameters
    return build("loss", name, classes=CLASSES, embedding_size=WIDTH)


def moved(side, device, dtype):
    columns = [column.to(device) for column in side]
    leaf = columns[0].to(dtype).detach().requires_grad_()
    return Rows(leaf, *columns[1:])


def step(engine, sides, device, dtype):
    """A function that makes one step and gives value and gradient."""
    anchors = moved(sides[0], device, dtype)
    candidates = anchors if sides[1] is sides[0] else moved(sides[1], device, dtype)

    def run():
        anchors.embedding.grad = candidates.embedding.grad = None
        total, weight = engine(anchors, candidates)
        mean = total / weight.clamp_min(1)
        mean.backward()
        return mean.detach(), anchors.embedding.grad

    return run


def sides_for(loss, size):
    label = torch.arange(size) % CLASSES
    return batch_for(loss, rows(label, WIDTH), CLASSES)


def check(name, miner, device, size=193, dtype=torch.float32, **settings):
    loss = loss_of(name)
    sides = sides_for(loss, size)
    expected = step(contrast(loss, miner, "cpu", compile=False), sides, "cpu", torch.float64)()
    found = step(contrast(loss_of(name), miner, device, **settings), sides, device, dtype)()
    for one, other in zip(found, expected, strict=True):
        one = one.double().cpu()
        assert (one - other).norm() <= 1e-4 * other.norm() + 1e-6


@pytest.mark.parametrize("block_rows", [None, 64])
@pytest.mark.parametrize("name", names("loss"))
def test_the_value_and_gradient_of_the_cpu(name, block_rows, device):
    check(name, KeepAll(), device, block_rows=block_rows, compile=False)


@pytest.mark.parametrize(
    "name", ["supcon", "info_nce", "triplet_margin", "pair_margin", "arc_face"]
)
def test_compiled_blocks_too(name, device):
    torch._dynamo.reset()
    check(name, KeepAll(), device, block_rows=96, compile=True)


def test_compiled_picks_too(device):
    torch._dynamo.reset()
    check("triplet_margin", Hardest(), device, block_rows=96, compile=True)


@pytest.mark.parametrize("miner", names("miner"))
@pytest.mark.parametrize("name", ["supcon", "triplet_margin"])
def test_miners_do_not_wait_for_the_device(name, miner, device):
    loss = loss_of(name)
    engine = contrast(
        loss, build("miner", miner, embedding_size=WIDTH), device, compile=False, block_rows=64
    )
    run = step(engine, sides_for(loss, 193), device, torch.float32)
    run()
    without_waiting(run)


@pytest.mark.parametrize("name", names("loss"))
def test_losses_do_not_wait_for_the_device(name, device):
    loss = loss_of(name)
    run = step(
        contrast(loss, KeepAll(), device, compile=False, block_rows=64),
        sides_for(loss, 193),
        device,
        torch.float32,
    )
    run()
    without_waiting(run)


def without_waiting(run):
    torch.cuda.set_sync_debug_mode("error")
    try:
        run()
    finally:
        torch.cuda.set_sync_debug_mode("default")
