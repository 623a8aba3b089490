"""The base of mixing: what the head's loss sees of the anchors."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from torch import Tensor

from lightning_contrast.config.part import Part, Run, name_of
from lightning_contrast.errors import InputError


class Mix(Part, ABC, group="mix"):
    """Called with inputs ``(n, ...)``, labels ``(n,)`` and the number of classes; gives inputs and
    targets, labels ``(n,)`` or soft ones ``(n, classes)``."""

    changes: ClassVar[bool] = False
    """The inputs are changed, and the targets are soft."""

    @abstractmethod
    def __call__(self, inputs: Any, label: Tensor, classes: int) -> tuple[Any, Tensor]:
        """What the head's loss gets."""

    def check(self, run: Run) -> None:
        if not self.changes:
            return
        if not run.head_weight:
            raise InputError(
                f"mix {name_of(self)} is for the head's loss, and module.head_weight=0 leaves that "
                "out: set module.head_weight=1 or mix=none"
            )
        if not run.head.takes_soft_targets:
            raise InputError(
                f"mix {name_of(self)} gives soft targets, which head {name_of(run.head)} can't "
                "take: set head=linear or mix=none"
            )
