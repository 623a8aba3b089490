"""``cluster=slurm`` is looked at before anything runs; Hydra and submitit do the rest."""

import shutil
from typing import Any

from hydra.experimental.callback import Callback

from lightning_contrast.errors import refuse


class CheckSlurm(Callback):
    """Ends the command with one line where it can't hand jobs to SLURM.

    Hydra turns errors of its callbacks into warnings, so this one exits by itself.

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
                f"cluster.tasks must be trainer.devices, one task for each device, got {tasks} and "
                f"{devices}: leave cluster.tasks out"
            )
