"""What a unit is: what a row of the contrast is, and what it may say of itself."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from torch import Tensor

from lightning_contrast.batch import Batch, first_rows
from lightning_contrast.config.part import Part, Run, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.types import Rows


class Unit(Part, ABC, group="unit"):
    """Reads rows out of features: ``unit(features, batch) -> Rows``, before the projector.

    ``features`` are ``(r, f)``, or ``(r, t, f)`` of a dense encoder, with ``r`` the rows of the
    batch. The rows have features ``(R, f)`` for their embedding, and stand in this order: those of
    anchors that may be anchors, those of positives that may, and all others. Which rows they are
    is chosen on the host, so that nothing waits for the device.
    """

    reads_places: ClassVar[bool] = False
    """It reads rows out of the places of dense features."""
    needs_place_labels: ClassVar[bool] = False
    """Each place has a label of its own, so that no view may move or hide places."""
    weigh: Callable[[Rows], Tensor] | None = None
    """How much rows count as anchors, ``rows -> (R,)``; None: alike."""

    def check(self, run: Run) -> None:
        dense = run.arguments["encoder"].get("dense", False)
        if dense != self.reads_places:
            vector, other = ("place", "row") if dense else ("row", "place")
            raise InputError(
                f"unit {name_of(self)} reads a vector for each {other}, and the encoder gives one "
                f"for each {vector}: set encoder.dense={str(not dense).lower()}, or another unit"
            )
        if not dense:
            return
        if run.loss.needs_pair_sums or run.miner.needs_pair_sums:
            raise InputError(
                f"unit {name_of(self)} has no sums of two rows, which loss {name_of(run.loss)} or "
                f"miner {name_of(run.miner)} wants: set loss=supcon miner=keep_all"
            )
        if self.needs_place_labels and not run.view.keeps_places:
            raise InputError(
                f"unit {name_of(self)} needs every place where its label is, and view "
                f"{name_of(run.view)} moves or hides some: set view=identity"
            )

    @abstractmethod
    def __call__(self, features: Tensor, batch: Batch) -> Rows:
        """The rows, with their features for an embedding."""

    @abstractmethod
    def count(self, rows: Rows, batch: Batch, symmetric: bool) -> int:
        """How many of the rows are anchors: the first."""

    def anchors(self, rows: Rows, batch: Batch, symmetric: bool, pair_sums: bool) -> Rows:
        """The rows that act as anchors; with ``symmetric`` those of positives are among them."""
        return first_rows(rows, self.count(rows, batch, symmetric))
