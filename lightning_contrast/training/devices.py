"""How many processes a run has on this machine."""

import os
from collections.abc import Mapping
from typing import Any

from lightning_contrast.config.construct import locate
from lightning_contrast.config.values import check_count
from lightning_contrast.errors import InputError
from lightning_contrast.runtime.processor import is_cpu
from lightning_contrast.samplers.sampler import check_shared

SPAWNED = "lightning_contrast.strategies.spawned.Spawned"
OWN_PROCESSES = (SPAWNED, "ddp_spawn", "ddp_fork", "ddp_notebook")
"""Strategies of Lightning that start the ranks themselves, from this process."""


def count_devices(devices: Any, accelerator: Any) -> int:
    """The devices that ``trainer.devices`` asks for: a number, a list of them, ``auto`` or -1.

    Raises ``InputError`` for a GPU where torch finds none, and for more devices than there are. On
    a CPU the limit is the number of cores, and 2 at least: Lightning would start any number.

    >>> count_devices(2, "cpu"), count_devices([0], "cpu"), count_devices("auto", "cpu")
    (2, 1, 1)
    >>> count_devices(100_000, "cpu")
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: trainer.devices must be at most ...
    """
    import torch

    if accelerator in ("gpu", "cuda", "mps") and not torch.accelerator.is_available():
        raise InputError(
            f"trainer.accelerator={accelerator}: torch finds no accelerator on this machine: set "
            "trainer.accelerator=auto"
        )
    on_cpu = is_cpu(accelerator)
    there = max(2, os.cpu_count() or 1) if on_cpu else max(1, torch.accelerator.device_count())
    numbers = devices.split(",") if isinstance(devices, str) and "," in devices else devices
    if isinstance(numbers, list | tuple):
        count = len(numbers)
    elif numbers in ("auto", -1, "-1"):
        return 1 if on_cpu else there
    elif isinstance(numbers, int) or (isinstance(numbers, str) and numbers.isdecimal()):
        count = int(numbers)
    else:
        count = 0
    if count < 1:
        raise InputError(
            f"trainer.devices must be a number from 1 up, a list of devices, or auto, got "
            f"{devices!r}: set trainer.devices=1"
        )
    if count > there:
        where = "on this CPU" if on_cpu else "on this machine (the number of its accelerators)"
        raise InputError(
            f"trainer.devices must be at most {there} {where}, got {devices}: set trainer.devices=1"
        )
    return count


def ranks_to_start(config: Mapping[str, Any]) -> int:
    """How many ranks this process has to start; 0 for a run of one, or if others start them.

    Others are SLURM with one task for each device, torchrun, and ``training.launch`` in the process
    that started this rank. Raises ``InputError`` for devices, nodes, a sampler or a synchronised
    batch norm that this run can't have.

    >>> ranks_to_start({"trainer": {"devices": 1, "accelerator": "cpu", "strategy": "ddp"}})
    0
    """
    trainer = config["trainer"]
    accelerator = trainer.get("accelerator", "auto")
    count = count_devices(trainer.get("devices", "auto"), accelerator)
    alone = trainer.get("strategy", "auto") == "auto"
    if trainer.get("sync_batchnorm") and is_cpu(accelerator) and not alone:
        raise InputError(
            "trainer.sync_batchnorm=true works on GPUs only (torch has no such layer for a CPU): "
            "set trainer.sync_batchnorm=false"
        )
    nodes = trainer.get("num_nodes", 1)
    check_count("trainer.num_nodes", nodes)
    if count * nodes == 1:
        return 0
    check_shared(locate(config["sampler"], "sampler"), count * nodes)
    started = "LOCAL_RANK" in os.environ or _slurm_starts_ranks()
    strategy = trainer.get("strategy")
    name = strategy.get("_target_") if isinstance(strategy, Mapping) else strategy
    if started or name in OWN_PROCESSES:
        return 0
    if nodes > 1 and not {"MASTER_ADDR", "MASTER_PORT", "NODE_RANK"} <= os.environ.keys():
        raise InputError(
            f"trainer.num_nodes={nodes} needs MASTER_ADDR, MASTER_PORT and NODE_RANK in the "
            "environment of each node's command: set them, or let SLURM or torchrun start it"
        )
    return count


def _slurm_starts_ranks() -> bool:
    """Whether SLURM runs a task for each rank; the only task of an interactive job is a shell."""
    interactive = os.environ.get("SLURM_JOB_NAME") in ("bash", "interactive")
    return "SLURM_NTASKS" in os.environ and not interactive
