"""Real processes (gloo), two or more, started once a call."""

import os
import pickle
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


def on_two_ranks(function: Callable[[int], Any], folder: Path, ranks: int = 2) -> list[Any]:
    """What ``function(rank)`` returns on each of two ranks, or more; it must be importable."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.spawn(_start, args=(function, port, str(folder), ranks), nprocs=ranks)
    return [pickle.loads((folder / f"{rank}.pkl").read_bytes()) for rank in range(ranks)]


def _start(rank: int, function: Callable[[int], Any], port: int, folder: str, ranks: int) -> None:
    torch.set_num_threads(1)
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    dist.init_process_group("gloo", rank=rank, world_size=ranks)
    try:
        (Path(folder) / f"{rank}.pkl").write_bytes(pickle.dumps(function(rank)))
    finally:
        dist.destroy_process_group()
