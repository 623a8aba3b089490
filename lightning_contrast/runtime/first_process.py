"""Whether this process is the first of its job, before there is a process group."""

import os

RANK = ("RANK", "LOCAL_RANK", "SLURM_PROCID")
"""Environment variables in which ``training.launch``, torchrun or SLURM give a process its number.
The first one that is set counts."""


def is_first_process() -> bool:
    """Whether this is rank 0 of its job, or the process that starts rank 0, or the only one.

    >>> is_first_process()
    True
    """
    rank = next((os.environ[name] for name in RANK if name in os.environ), "0")
    return rank == "0" == os.environ.get("NODE_RANK", "0")
