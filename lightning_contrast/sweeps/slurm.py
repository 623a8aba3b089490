"""Checks ``cluster=slurm`` before anything runs; Hydra and submitit hand the jobs to SLURM."""

import shutil
from typing import Any

from hydra.experimental.callback import Callback

from lightning_contrast.errors import refuse


class CheckSlurm(Callback):
    """Ends the command with one line if it can't hand jobs to SLURM.

    Hydra turns errors of its callbacks into warnings, so this callback exits by itself.

    >>> CheckSlurm().on_run_start({})
    Traceback (most recent call last):
    SystemExit: 2
    """

    def on_run_start(self, config: Any, **_: Any) -> None:
        refuse("cluster=slurm hands over the jobs of a multirun: add -m (one job will do)")

    def on_multirun_start(self, config: Any, **_: Any) -> None:
        if not (shutil.which("sbatch") and shutil.which("srun")):
            refuse(
                "cluster=slurm needs SLURM's sbatch and srun on this machine, which has none: run "
                "the command on a login node of the cluster, or leave cluster=slurm out"
            )
        devices, tasks = config.trainer.devices, config.cluster.tasks
        if devices != tasks:
            refuse(
                f"cluster.tasks must equal trainer.devices, one task a device, got {tasks} and "
                f"{devices}: leave cluster.tasks out"
            )
