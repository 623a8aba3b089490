"""Processes that Lightning starts out of the running one."""

from typing import Any

from pytorch_lightning.strategies import DDPStrategy

from lightning_contrast.runtime.quiet import quieten


class Spawned(DDPStrategy):
    """Lightning's ``ddp_spawn``, whose new processes are as quiet as this one.

    For a program that has a trainer of its own and can't be started again; ``strategy=ddp`` is
    faster to start, and what a rank leaves behind ends with it.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(start_method="spawn", **settings)

    def setup_environment(self) -> None:
        quieten()
        super().setup_environment()
