"""The base of heads: features to classes, beside the contrast."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

from torch import Tensor, nn

from lightning_contrast.config.part import Part, Run, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.types import Answer


class FoundBoxes(NamedTuple):
    """Boxes that were found, k a row, the surest first: ``box (r, k, 4)``, left, top, right and
    bottom as shares of the image, ``label (r, k)`` and ``chance (r, k)``, 0 for what is none."""

    box: Tensor
    label: Tensor
    chance: Tensor


class Head(Part, nn.Module, ABC, group="head"):
    """``forward(features (r, f)) -> logits (r, classes)``, and a loss that trains it."""

    answer: ClassVar[Answer] = Answer.CLASS
    """What its logits say.

    ``CLASS``: which class a row is of. ``LABELS``: of each label whether a row has it.
    ``SPANS``: which tag each place (a token) has, of features ``(r, t, f)``; logits are
    ``(r, t, classes)`` and labels ``(r, t)``, below 0 where a place has none. ``BOXES``: the same
    of cells; labels are boxes ``(r, m, 5)`` (see ``batch.Batch``), and ``found(features)`` gives
    its own. ``TOKEN``: ``next_logits(features) -> (..., V)`` says which token follows each place of
    a text. ``REALNESS``: ``score(features, label) -> (r,)`` says how real rows look.
    ``ACTION``: a vector, ``drawn(features)`` gives one by chance.
    """
    has_loss: ClassVar[bool] = True
    """``loss`` is more than 0, so that it says something at validation."""
    takes_soft_targets: ClassVar[bool] = False
    """``loss`` takes targets ``(r, classes)`` too, as ``mix`` makes them."""
    names_classes: ClassVar[bool] = False
    """It knows classes by their names, and its logits are cosines over its ``temperature``."""
    sums_rows: ClassVar[bool] = True
    """``loss`` is a sum over rows and does nothing else, so that rows may have weights."""
    tasks: Sequence[str] = ()
    """Names of several tasks; ``alone(task)`` is the head of one."""
    refit: bool = False
    """After training, ``fit`` makes it anew of the features of all training rows."""

    classes: int

    @classmethod
    def check(cls, run: Run) -> None:
        dense = run.arguments["encoder"].get("dense", False)
        of_places = cls.answer.of_places
        if cls.answer.of_classes and dense != of_places:
            what, mend = ("places", "true") if of_places else ("whole rows", "false")
            raise InputError(
                f"head {name_of(cls)} judges {what}: set encoder.dense={mend}, or another head"
            )
        if of_places and not run.view.keeps_places:
            raise InputError(
                f"head {name_of(cls)} needs every place where its label is, and view "
                f"{name_of(run.view)} moves or hides some: set view=identity"
            )

    def found(self, features: Tensor) -> FoundBoxes:
        """The boxes that it finds in rows of dense features ``(r, t, f)``."""
        raise InputError(f"head {name_of(self)} finds no boxes: set head=centers")

    def adopt(self, encoder: Any) -> None:
        """Takes over layers of the encoder; called when a network is put together."""

    def running(self) -> Any:
        """The metrics that follow a run, of what ``judged`` gives."""
        from lightning_contrast.metrics.running import running_metrics  # torchmetrics: training's

        return running_metrics(self.classes if self.answer.one_class else 0)

    def judged(self, features: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        """Logits ``(R, classes)`` and labels ``(R,)``, -1 for none, of all that it judges."""
        return self(features), label

    def among(self, logits: Tensor, label: Tensor) -> Tensor:
        """The logits of rows whose label says which classes compete: here all."""
        return logits

    def alone(self, task: str) -> "tuple[Head, list[str]]":
        """The head of one of its tasks, and its classes."""
        raise InputError(
            f"task={task} is for a checkpoint of a run with head=tasks, and this one has head "
            f"{name_of(self)}: leave it out"
        )

    @abstractmethod
    def loss(self, features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Sum over the labelled rows, and their number."""
