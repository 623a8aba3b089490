"""Keeps the config of the run in a folder if another run was refused there."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback

from lightning_contrast.errors import OtherRun
from lightning_contrast.runtime.atomic import replacing

SWEEP = "multirun.yaml"


class KeptConfig(Callback):
    """Restores the files of ``.hydra`` that Hydra overwrote before the run was refused.

    After a sweep it restores those of the refused jobs, and ``multirun.yaml``.

    >>> KeptConfig().on_job_end({}, job_return=None)
    """

    def __init__(self) -> None:
        self._kept: dict[Path, bytes] = {}

    def on_run_start(self, config: Any, **_: Any) -> None:
        self._keep(config, "run", f"{config.hydra.output_subdir}/*.yaml")

    def on_multirun_start(self, config: Any, **_: Any) -> None:
        self._keep(config, "sweep", SWEEP, f"*/{config.hydra.output_subdir}/*.yaml")

    def on_job_end(self, config: Any, job_return: Any, **_: Any) -> None:
        if isinstance(getattr(job_return, "_return_value", None), OtherRun):
            self._put_back(self._kept)

    def on_multirun_end(self, config: Any, **_: Any) -> None:
        from lightning_contrast.sweeps.outcome import refusal

        refused = [path for path in self._kept if refusal(path.parent.parent)]
        if refused:
            self._put_back([*refused, *(path for path in self._kept if path.name == SWEEP)])

    def _keep(self, config: Any, mode: str, *patterns: str) -> None:
        from omegaconf import OmegaConf

        given = OmegaConf.to_container(config.hydra[mode], resolve=False)["dir"]  # type: ignore[index,call-overload]
        if "${" in str(given):  # the name has a date, so the folder is new
            return
        found = (path for pattern in patterns for path in Path(str(given)).glob(pattern))
        self._kept = {path: path.read_bytes() for path in found}

    def _put_back(self, paths: Iterable[Path]) -> None:
        for path in paths:
            with replacing(path) as file:
                file.write(self._kept[path])
