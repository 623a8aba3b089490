"""Which process of a job speaks for all, asked before there is a process group."""

import os

RANK = ("RANK", "LOCAL_RANK", "SLURM_PROCID")
"""Where this project's own launch, torchrun and SLURM leave a process its number, the first that
is there."""


def is_first_process() -> bool:
    """Whether this is rank 0 of its job, or the only process.

    >>> is_first_process()
    True
    """
    return next((os.environ[name] for name in RANK if name in os.environ), "0") == "0"
