"""Real processes (gloo), two or more: each has its share of the rows, and all have one gradient."""

import os
import pickle
import socket
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import set_forkserver_preload
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor, nn

from lightning_contrast.batch import SLOTS
from lightning_contrast.candidates.in_batch import InBatch
from lightning_contrast.candidates.prototypes import Prototypes
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.losses.loss import Loss
from lightning_contrast.miners.miner import Miner
from lightning_contrast.runtime.distributed import gather, mean_over_ranks, rank, world_size
from lightning_contrast.testing.rows import ScoredLabels, rows, teacher_of
from lightning_contrast.types import Rows

LABELS = [0, 1, 2, 0, 1, 2, 0, 0, 3, -1, 1, 2]
SPLITS = ([6, 6], [4, 8], [0, 12])
WIDTH = 6


class Learner(nn.Module):
    """Encoder, candidates and contrast; the learnable parameters of all of them."""

    def __init__(self, loss: Loss, miner: Miner, candidates: nn.Module | None = None) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.candidates = candidates_for(loss) if candidates is None else candidates
        self.encoder = nn.Linear(WIDTH, WIDTH)
        blocks = {"block_rows": 3, "compile": False}
        self.contrast = Contrast(ScoredLabels(), miner, loss, **blocks, teacher=teacher_of)
        self.double()

    def forward(self, batch: Rows) -> Tensor:
        embedding = nn.functional.normalize(self.encoder(batch.embedding), dim=1)
        local = batch._replace(embedding=embedding)
        return mean_over_ranks(*self.contrast(*self.candidates(local, gather(local))))


def candidates_for(loss: Loss) -> nn.Module:
    """Prototypes of four classes for a loss on such, else the batch."""
    as_anchors = loss.anchors_are_prototypes
    if as_anchors or loss.on_prototypes:
        return Prototypes(4, WIDTH, loss.per_class or 1, as_anchors)
    return InBatch()


def loss_and_gradients(method: Learner, *batches: Rows) -> tuple[Tensor, list[Tensor]]:
    """One step on this rank's rows of the last batch; gradients averaged over ranks, as DDP does.

    The batches before it fill the queue.
    """
    for batch in batches[:-1]:
        method(batch)
    value = method(batches[-1])
    value.backward()
    parameters = list(method.parameters())
    gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
    if world_size() > 1:
        for gradient in gradients:
            dist.all_reduce(gradient)
            gradient /= world_size()
    return value.detach(), gradients


def part(whole: Rows, number: int, sizes: Sequence[int]) -> Rows:
    """This rank's share; slots count from 0 on each rank, as the classifier makes them."""
    mine = Rows(*(column.split(list(sizes))[number] for column in whole))
    return mine._replace(slot=SLOTS * (torch.arange(len(mine.slot)) + (rank() << 20)))


def same(found: tuple[Tensor, list[Tensor]], expected: tuple[Tensor, list[Tensor]]) -> None:
    """Value and gradients of a rank are those of the one process with the joined batch."""
    torch.testing.assert_close(found[0], expected[0], rtol=1e-10, atol=1e-12)
    for own, joined in zip(found[1], expected[1], strict=True):
        torch.testing.assert_close(own, joined, rtol=1e-7, atol=1e-12)


def two_processes_have_the_gradient_of_one(loss: Loss, miner: Miner) -> None:
    """Of equal shares, of unequal ones, and where one process has no row at all."""
    expected = _steps(loss, miner, [len(LABELS)])
    with TemporaryDirectory() as folder:
        for found in on_two_ranks(partial(_all_splits, loss=loss, miner=miner), Path(folder)):
            for one in found:
                same(one, expected)


def _steps(loss: Loss, miner: Miner, sizes: Sequence[int], number: int = 0) -> Any:
    made = pickle.loads(pickle.dumps((loss, miner)))
    return loss_and_gradients(Learner(*made), part(rows(LABELS), number, sizes))


def _all_splits(number: int, loss: Loss, miner: Miner) -> list[Any]:
    return [_steps(loss, miner, sizes, number) for sizes in SPLITS]


def on_two_ranks(function: Callable[[int], Any], folder: Path, ranks: int = 2) -> list[Any]:
    """What ``function(rank)`` returns on each of two ranks, or more; it must be importable."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # All ranks of a process are forked off one server, which imports torch and Lightning once.
    set_forkserver_preload([__name__, "pytorch_lightning"])
    group = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    arguments = (function, {**os.environ, **group}, str(folder), ranks)  # the server has older ones
    mp.start_processes(_start, arguments, nprocs=ranks, start_method="forkserver")
    return [pickle.loads((folder / f"{rank}.pkl").read_bytes()) for rank in range(ranks)]


def _start(
    rank: int,
    function: Callable[[int], Any],
    environment: dict[str, str],
    folder: str,
    ranks: int,
) -> None:
    torch.set_num_threads(1)
    os.environ |= environment
    dist.init_process_group("gloo", rank=rank, world_size=ranks)
    try:
        (Path(folder) / f"{rank}.pkl").write_bytes(pickle.dumps(function(rank)))
    finally:
        dist.destroy_process_group()
