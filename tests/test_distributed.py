"""Two processes have the value and the gradient of one with the joined batch."""

import pytest
import torch
from torch import nn

from lightning_contrast.distributed import gather, mean_over_ranks, rank, world_size
from lightning_contrast.engine import Contrast
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.types import SLOTS, Rows
from tests.choices import build, names
from tests.circle import rows
from tests.two_ranks import on_two_ranks

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1, 2]
SPLITS = {"equal": 6, "unequal": 4}
MINERS = {"keep_all": KeepAll, "hardest": Hardest}


def model():
    torch.manual_seed(0)
    return nn.Linear(6, 5, dtype=torch.float64)


def loss_and_gradient(batch: Rows, loss: str, miner: str):
    """One step on this rank's rows; the gradient is averaged over ranks, as DDP does."""
    encoder = model()
    embedding = nn.functional.normalize(encoder(batch.embedding), dim=1)
    local = batch._replace(embedding=embedding)
    contrast = Contrast(Label(), MINERS[miner](), build("loss", loss), block_rows=3, compile=False)
    value = mean_over_ranks(*contrast(local, gather(local)))
    value.backward()
    gradient = encoder.weight.grad
    if world_size() > 1:
        torch.distributed.all_reduce(gradient)
        gradient /= world_size()
    return value.detach(), gradient


def every_case(number: int):
    whole = rows(LABELS)
    return {
        (loss, miner, split): loss_and_gradient(part(whole, number, cut), loss, miner)
        for loss in names("loss")
        for miner in MINERS
        for split, cut in SPLITS.items()
    }


def part(whole: Rows, number: int, cut: int) -> Rows:
    """This rank's share; slots count from 0 on each rank, as the classifier makes them."""
    mine = Rows(*(column[:cut] if number == 0 else column[cut:] for column in whole))
    return mine._replace(slot=SLOTS * (torch.arange(len(mine.slot)) + (rank() << 20)))


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    return on_two_ranks(every_case, tmp_path_factory.mktemp("ranks"))


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("miner", MINERS)
@pytest.mark.parametrize("loss", names("loss"))
def test_two_ranks_have_the_gradient_of_the_joined_batch(two, loss, miner, split):
    value, gradient = loss_and_gradient(rows(LABELS), loss, miner)
    assert gradient.norm() > 0
    for one in two:
        torch.testing.assert_close(one[loss, miner, split][0], value, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(one[loss, miner, split][1], gradient, rtol=1e-8, atol=1e-12)


def test_one_process_gathers_nothing():
    batch = rows(LABELS)
    assert gather(batch) is batch and (rank(), world_size()) == (0, 1)
    assert mean_over_ranks(torch.tensor(3.0), torch.tensor(0.0)) == 3.0
