"""The classifier that is evaluated, with its data: the argument of every protocol."""

from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lightning_contrast.data.boxed import Boxed, boxed
from lightning_contrast.data.datamodule import ContrastiveDataModule
from lightning_contrast.data.dataset import ContrastiveDataset
from lightning_contrast.data.embedding import embed, with_label
from lightning_contrast.data.loader import Loader
from lightning_contrast.metrics.multi_label import members_of
from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.modalities import modality_of
from lightning_contrast.modalities.modality import Modality
from lightning_contrast.modules.network import Network
from lightning_contrast.modules.reading import outputs
from lightning_contrast.negatives.in_batch import InBatchNegatives
from lightning_contrast.positives.none import NoPositives
from lightning_contrast.types import Embedded, Images, Inputs, Labelled

Raw = Sequence[str] | Images


class Subject:
    """A trained classifier and the rows that it is tested on; each split is embedded once.

    Args:
        network: the classifier's network.
        datamodule: its data, set up, with the labels in the order of the network's classes.
        config: the resolved config of its run.
        directory: folder in which the evaluation writes.
        checkpoint: the file of ``network``, if it was loaded from one.
        trained_on: whether ``network`` was trained on the training rows of ``datamodule``.
        reference: another classifier on the same test rows, to compare with.
        quiet: shows no progress bars.

    ``train``, ``validation`` and ``test`` hold the rows with a label, at most so many as
    ``rows.bank`` says; ``all_validation`` and ``all_test`` those without one too. Their ``index``
    is the row number in ``rows``. ``seed`` (of the run) is for random draws
    of a protocol. ``result``: the flat figures of the run so far (``train/seconds``, ...).
    """

    def __init__(
        self,
        network: Network,
        datamodule: ContrastiveDataModule,
        config: Mapping[str, Any],
        directory: Path,
        checkpoint: Path | None = None,
        trained_on: bool = True,
        reference: "Subject | None" = None,
        quiet: bool = True,
    ) -> None:
        self.network, self.datamodule, self.config = network, datamodule, config
        self.directory, self.checkpoint = directory, checkpoint
        self.trained_on, self.reference, self.quiet = trained_on, reference, quiet
        self.result: Mapping[str, Any] = {}
        self._encoded: Subject | None = None

    @property
    def seed(self) -> int:
        return self.config["seed"]

    @property
    def modality(self) -> Modality:
        return modality_of(self.network.modality)

    @property
    def temperature(self) -> float | None:
        """The number by which ``predict`` divides logits; None if it does not."""
        return self.network.temperature

    def judged(self, split: Embedded) -> Judged:
        """The rows of a split, all with a label, with the probabilities that ``predict`` gives."""
        return Judged(split.logits, split.label, temperature=self.temperature or 1.0)

    def truth(self, split: Embedded) -> torch.Tensor:
        """Which labels the rows of a split have, bool ``(N, classes)``."""
        sets = self.rows.sets
        return members_of(None if sets is None else sets.numbers(), len(self.classes))[split.label]

    @property
    def classes(self) -> tuple[str, ...]:
        return tuple(self.network.classes or self.rows.classes)

    @property
    def rows(self) -> Labelled:
        """All rows of the source: raw, labels, groups."""
        assert self.datamodule.splits is not None
        return self.datamodule.splits.labelled

    @property
    def training_labels(self) -> np.ndarray:
        """Labels of all training rows, -1 for unlabelled ones."""
        assert self.datamodule.splits is not None
        return self.rows.label[self.datamodule.splits.train]

    @cached_property
    def train(self) -> Embedded:
        """Of rows that the head has seen: their logits have no columns."""
        bank = self.datamodule.bank_dataloader()
        return with_label(self._split("train", bank, "training rows", judged=False))

    @cached_property
    def validation(self) -> Embedded:
        return with_label(self.all_validation)

    @cached_property
    def test(self) -> Embedded:
        return with_label(self.all_test)

    @cached_property
    def all_validation(self) -> Embedded:
        return self._split("all_validation", self.datamodule.val_dataloader(), "validation")

    @cached_property
    def all_test(self) -> Embedded:
        return self._split("all_test", self.datamodule.test_dataloader(), "test")

    @cache  # noqa: B019  # a subject lives as long as the evaluation
    def boxes(self, side: str) -> Boxed:
        """The boxes that the network finds in the images of ``validation`` or ``test``."""
        rows = getattr(self.datamodule.splits, side)
        return boxed(self.network, self.datamodule, rows, f"boxes, {side}", self.quiet)

    def embed(
        self,
        raw: Raw,
        rows: np.ndarray | None = None,
        label: np.ndarray | None = None,
        what: str = "rows",
    ) -> Embedded:
        """Embeds any rows of the modality, without views.

        ``raw``: texts, or ``Images`` of any size and number of channels; ``rows``: the numbers of
        the rows to embed, in their order (default: all); ``label``: the label of every raw row,
        ``(len(raw),)`` (default: -1). The ``index`` of the result is the number in ``raw``.
        """
        rows = np.arange(len(raw)) if rows is None else rows
        label = np.full(len(raw), -1) if label is None else label

        def read(index: np.ndarray) -> Inputs:
            return self.modality.inputs(raw, index, self.network.preprocess)

        dataset = ContrastiveDataset(read, label, rows, NoPositives(), InBatchNegatives())
        loader = Loader(dataset, self.datamodule.eval_batch_size)
        return embed(self.network, loader, what, self.quiet)

    def drawn(self, rows: np.ndarray, most: int | None) -> np.ndarray:
        """The rows in order, or ``most`` of them drawn with the run's seed."""
        if most is None or len(rows) <= most:
            return rows
        return np.sort(np.random.default_rng(self.seed).choice(rows, most, replace=False))

    def fit_head(self) -> None:
        """Fits the head to the features of the training rows."""
        bank, device = self.train, self.network.device
        self.network.head.fit(bank.features.to(device), bank.label.to(device))

    def takes_features(self, other: "Subject") -> None:
        """Its features are those of a subject of the same rows, whose encoder is the same, if both
        heads judge rows, or both places; projector and head are its own."""
        if self.network.head.answer is other.network.head.answer:
            self._encoded = other

    @torch.inference_mode()
    def _split(self, name: str, loader: Loader, what: str, judged: bool = True) -> Embedded:
        if self._encoded is not None:
            split, device = getattr(self._encoded, name), self.network.eval().device
            return outputs(self.network, split.features.to(device), split.label, split.index)
        found = embed(self.network, loader, what, self.quiet, judged)
        if self.datamodule.next_token:  # the labels of places are no classes of rows
            found = found._replace(label=torch.from_numpy(self.rows.label)[found.index])
        return found
