"""Two real processes (gloo), started once a call."""

import os
import pickle
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
import torch.multiprocessing as mp


def on_two_ranks(function: Callable[[int], Any], folder: Path) -> list[Any]:
    """What ``function(rank)`` returns on each of two ranks; it must be importable."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    mp.spawn(_start, args=(function, port, str(folder)), nprocs=2)
    return [pickle.loads((folder / f"{rank}.pkl").read_bytes()) for rank in range(2)]


def _start(rank: int, function: Callable[[int], Any], port: int, folder: str) -> None:
    torch.set_num_threads(1)
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    dist.init_process_group("gloo", rank=rank, world_size=2)
    try:
        (Path(folder) / f"{rank}.pkl").write_bytes(pickle.dumps(function(rank)))
    finally:
        dist.destroy_process_group()
