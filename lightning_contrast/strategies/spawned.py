"""Processes that Lightning starts out of the running one."""

from typing import Any

from pytorch_lightning.strategies import DDPStrategy

from lightning_contrast.runtime.quiet import quieten


class Spawned(DDPStrategy):
    """Lightning's ``ddp_spawn``, with the libraries' remarks muted in the new processes too.

    It serves a program with a trainer of its own, which can't be started once for each rank.
    Otherwise ``strategy=ddp`` is better: it starts faster, and its ranks leave nothing behind in
    the process that started them.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(start_method="spawn", **settings)

    def setup_environment(self) -> None:
        quieten()
        super().setup_environment()
