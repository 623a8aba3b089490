"""A run that is refused does not change what its folder says of the run that is in it."""

from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback


class KeptConfig(Callback):
    """Puts back the files of ``.hydra`` that Hydra wrote anew before the run was refused.

    >>> KeptConfig().on_job_end({}, job_return=None)
    """

    def __init__(self) -> None:
        self._kept: dict[Path, bytes] = {}

    def on_run_start(self, config: Any, **_: Any) -> None:
        from omegaconf import OmegaConf

        given = OmegaConf.to_container(config.hydra.run, resolve=False)["dir"]  # type: ignore[index,call-overload]
        if "${" in str(given):  # a folder with a date: a new one
            return
        folder = Path(str(given)) / str(config.hydra.output_subdir)
        self._kept = {path: path.read_bytes() for path in folder.glob("*.yaml")}

    def on_job_end(self, config: Any, job_return: Any, **_: Any) -> None:
        from lightning_contrast.atomic import replacing  # late: they import torch
        from lightning_contrast.resume import OtherRun

        if isinstance(getattr(job_return, "_return_value", None), OtherRun):
            for path, content in self._kept.items():
                with replacing(path) as file:
                    file.write(content)
