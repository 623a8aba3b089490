"""From a source to batches: the plumbing."""

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import numpy as np
from pytorch_lightning import LightningDataModule

from lightning_contrast.data.complete import complete
from lightning_contrast.data.dataset import ContrastiveDataset
from lightning_contrast.data.loader import Loader, TrainingLoader, batches_trained
from lightning_contrast.data.prepare import Splits, prepare
from lightning_contrast.data.viewing import as_float, viewed
from lightning_contrast.errors import InputError
from lightning_contrast.negatives.in_batch import InBatchNegatives
from lightning_contrast.positives.none import NoPositives
from lightning_contrast.positives.view import ViewPositives
from lightning_contrast.samplers.shuffled import ShuffledSampler
from lightning_contrast.sources.splittable import Source
from lightning_contrast.types import Batch, Inputs
from lightning_contrast.views.identity import Identity

Factory = Callable[..., Any]


class ContrastiveDataModule(LightningDataModule):
    """Loads a source, splits it, and emits a ``Batch`` a step.

    Args:
        source: where the labelled rows come from; says how they are split.
        sampler: factory of the batch sampler: a class, or a ``functools.partial`` that sets its own
            arguments, called with those of ``labels`` (of the training split), ``batch_size``,
            ``seed``, ``rank``, ``world_size`` that it has parameters for.
        positives: factory of the rule for positives, called with ``labels`` if it has it.
        negatives: factory of the rule for explicit negatives, likewise.
        view: what training rows are seen through, a whole batch at once on its device.
        batch_size: rows of a training batch, on each rank.
        eval_batch_size: rows of a validation, test or bank batch.
        num_workers: processes that make batches; the batches are the same for any number.
        seed: of the order of rows, of partners and of few shots.

    After ``setup``: ``splits``, ``classes`` (names), ``counts`` (rows, duplicates, skipped),
    ``preprocess`` (raw rows to inputs, for the classifier; set before, it is kept) and ``derived``
    (what encoders ask the data for, such as ``channels``). Validation and test give each row once,
    in order, all of them on every rank; their batches have no positive and k = 0.

    Raises:
        InputError: at ``setup`` for a source that can't be trained on or is of another modality; at
            ``train_dataloader`` for a sampler, positives or negatives that the classes can't fill.
    """

    modality: ClassVar[str]
    preprocess: Any = None
    derived: dict[str, Any]

    def __init__(
        self,
        source: Source,
        sampler: Factory = ShuffledSampler,
        positives: Factory = ViewPositives,
        negatives: Factory = InBatchNegatives,
        view: Callable[[Inputs], Inputs] | None = None,
        batch_size: int = 64,
        eval_batch_size: int = 256,
        num_workers: int = 0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        if min(batch_size, eval_batch_size) < 1 or num_workers < 0:
            raise InputError(
                "datamodule.batch_size and eval_batch_size must be at least 1 and num_workers at "
                f"least 0, got {batch_size}, {eval_batch_size} and {num_workers}: set "
                "datamodule.num_workers=0 and, say, datamodule.batch_size=64"
            )
        self.source = source
        self.sampler, self.positives, self.negatives = sampler, positives, negatives
        self.view = Identity() if view is None else view
        self.batch_size, self.eval_batch_size = batch_size, eval_batch_size
        self.num_workers = num_workers
        self.seed = seed
        self.splits: Splits | None = None

    def setup(self, stage: str | None = None) -> None:
        splits = self._ready()
        if self.trainer is not None:  # Lightning warns of a loader without batches
            self.trainer.limit_val_batches *= len(splits.validation) > 0
            self.trainer.limit_test_batches *= len(splits.test) > 0

    def _ready(self) -> Splits:
        """Loads the source the first time."""
        if self.splits is not None:
            return self.splits
        if self.source.modality != self.modality:
            raise InputError(
                f"source {type(self.source).__name__} holds {self.source.modality}s: "
                f"add modality={self.source.modality}"
            )
        splits = prepare(self.source, seed=self.seed)
        self.classes = splits.labelled.classes
        self.counts = splits.counts
        self._inputs = self.read(splits)
        self.splits = splits
        return splits

    @abstractmethod
    def read(self, splits: Splits) -> Callable[[np.ndarray], Inputs]:
        """Sets ``preprocess`` and ``derived``; gives row numbers ``(r,)`` to inputs."""

    def train_dataloader(self) -> TrainingLoader:
        splits, trainer = self._ready(), self.trainer
        labels = splits.labelled.label[splits.train]
        rank, world_size = (trainer.global_rank, trainer.world_size) if trainer else (0, 1)
        sampler = complete(
            self.sampler,
            labels=labels,
            batch_size=self.batch_size,
            seed=self.seed,
            rank=rank,
            world_size=world_size,
        )
        positives = complete(self.positives, labels=labels)
        negatives = complete(self.negatives, labels=labels)
        dataset = self._dataset(splits.train, positives, negatives)
        trained = partial(batches_trained, trainer) if trainer else None
        return TrainingLoader(dataset, sampler, *self._loading(), trained)

    def val_dataloader(self) -> Loader:
        return self._in_order(self._ready().validation)

    def test_dataloader(self) -> Loader:
        return self._in_order(self._ready().test)

    def bank_dataloader(self) -> Loader:
        """The training rows in order and without views: the neighbours of kNN, a probe's rows."""
        return self._in_order(self._ready().train)

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        if self.trainer is not None and self.trainer.training:
            return viewed(batch, self.view)
        return Batch(*(part._replace(inputs=as_float(part.inputs)) for part in batch))

    def _dataset(self, rows: np.ndarray, positives: Any, negatives: Any) -> ContrastiveDataset:
        label = self._ready().labelled.label
        return ContrastiveDataset(self._inputs, label, rows, positives, negatives)

    def _in_order(self, rows: np.ndarray) -> Loader:
        dataset = self._dataset(rows, NoPositives(), InBatchNegatives())
        return Loader(dataset, self.eval_batch_size, *self._loading())

    def _loading(self) -> tuple[int, bool]:
        """Workers, and whether the batch is pinned: a copy that only an accelerator repays."""
        device = self.trainer.strategy.root_device.type if self.trainer else "cpu"
        return self.num_workers, device == "cuda"
