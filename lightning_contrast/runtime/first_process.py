"""Which process of a job speaks for all, asked before there is a process group."""

import os

RANK = ("RANK", "LOCAL_RANK", "SLURM_PROCID")
"""Where this project's own launch, torchrun and SLURM leave a process its number, the first that
is there."""


def is_first_process() -> bool:
    """Whether this is rank 0 of its job, or the process that starts rank 0, or the only one.

    >>> is_first_process()
    True
    """
    rank = next((os.environ[name] for name in RANK if name in os.environ), "0")
    return rank == "0" == os.environ.get("NODE_RANK", "0")
