"""Ranks that Lightning spawns from the running process."""

from typing import Any

from pytorch_lightning.strategies import DDPStrategy

from lightning_contrast.runtime.quiet import quieten


class Spawned(DDPStrategy):
    """Lightning's ``ddp_spawn``, with libraries' warnings muted in the new processes too.

    It is for a program with its own trainer, which can't be started once for each rank. Otherwise
    ``strategy=ddp`` is better: it starts faster, and leaves no state in the starting process.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(start_method="spawn", **settings)

    def setup_environment(self) -> None:
        quieten()
        super().setup_environment()
