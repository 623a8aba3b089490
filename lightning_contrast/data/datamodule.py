"""The data module: from a source to batches."""

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from pytorch_lightning import LightningDataModule

from lightning_contrast.batch import Batch, as_float, viewed
from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import Count, CountFromZero, Seed
from lightning_contrast.data.dataset import ContrastiveDataset, Writer
from lightning_contrast.data.loader import Loader, TrainingLoader, batches_trained
from lightning_contrast.data.prepare import UNTESTED, Splits, prepare
from lightning_contrast.data.refresh import embed_rows
from lightning_contrast.data.training_parts import restore, state_of, training_parts
from lightning_contrast.distributions.distribution import Distribution
from lightning_contrast.distributions.natural import Natural
from lightning_contrast.errors import InputError, OtherRun
from lightning_contrast.negatives.in_batch import InBatchNegatives
from lightning_contrast.positives.none import NoPositives
from lightning_contrast.positives.view import ViewPositives
from lightning_contrast.rows.bank import BANK, JUDGED, bank_rows, unjudged
from lightning_contrast.rows.duplicates import unsought
from lightning_contrast.rows.partners import partners_of
from lightning_contrast.rows.refreshed import Refreshed
from lightning_contrast.runtime import distributed
from lightning_contrast.samplers.shuffled import ShuffledSampler
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Inputs
from lightning_contrast.views.identity import Identity
from lightning_contrast.views.view import View

Factory = Callable[..., Any]
PLACES = 32  # tokens or cells of a row, about: if each has a label, fewer rows fit in memory
FEWEST_EPOCHS = 3

CONTENT = "training_rows"  # of a checkpoint: which rows the run was trained on


class ContrastiveDataModule(LightningDataModule):
    """Loads a source, splits it, and emits a ``Batch`` for each step.

    Args:
        source: gives the labelled rows, and says how they are split.
        sampler: factory of the batch sampler: a class, or a ``functools.partial`` that sets some of
            its arguments. It is called with those of ``labels``, ``groups``, ``content`` (hashes)
            of the training split, ``classes`` (names), ``facts``, ``batch_size``, ``seed``,
            ``rank``, ``world_size`` that it has parameters for.
        positives: factory of the rule for positives. It is called with those of ``labels``,
            ``identity`` (None if each row is its own), ``partners`` (``rows.partners``; None
            without any) and ``crops`` (views that the view makes of a row) that it has parameters
            for.
        negatives: factory of the rule for explicit negatives, called with those of ``labels``,
            ``quiet`` (no progress bar) and ``facts`` that it has parameters for.
        view: augments a whole training batch at once, on its device. Before every epoch its
            ``follow(encoder, epoch)`` is called.
        batch_size: rows of a training batch, on each rank.
        eval_batch_size: rows of a validation, test or bank batch.
        num_workers: processes that make batches; the batches are the same for any number.
        seed: seed of the order of rows, of partners and of few shots.
        distribution: changes the training split before anything else reads it: it keeps some of its
            rows, or gives them other labels. It has its own seed. Default: no change.

    After ``setup``: ``splits``, ``classes`` (names), ``counts`` (rows, duplicates, skipped),
    ``preprocess`` (raw rows to inputs, for the classifier; it is kept if it was set before),
    ``derived`` (values of the data that encoders need, such as ``channels``) and ``unseen`` (lines
    by name about data that a classifier can't see, and what to set; ``result.json``, report and
    model card hold them). ``whole`` may be set before: it is that of ``prepare``, for a trained
    classifier on another source. Validation and test give each row once, in order, divided among
    the ranks, and of more than ``rows.bank.JUDGED`` so many that are drawn, the same ones always;
    their batches have no positive and k = 0.

    Raises:
        InputError: a number is out of range; at ``setup``, the source can't be trained on or is of
            another modality; at ``train_dataloader``, the classes can't fill the batches of a
            sampler, or can't give positives or negatives.
    """

    _key = "datamodule."
    modality: ClassVar[str]
    most_epochs: ClassVar[int] = 20  # those of little data
    enough_rows: ClassVar[int] = 1_000_000  # seen in training, after which few epochs are enough
    preprocess: Any = None
    whole: int | None = None
    next_token: bool = False  # the label of each place is the token that follows
    places: Callable[[np.ndarray], np.ndarray] | None = None  # the label of each place of rows
    derived: dict[str, Any]

    @checked
    def __init__(
        self,
        source: Source,
        sampler: Factory = ShuffledSampler,
        positives: Factory = ViewPositives,
        negatives: Factory = InBatchNegatives,
        view: View | None = None,
        batch_size: Count = 64,
        eval_batch_size: Count = 256,
        num_workers: CountFromZero = 0,
        seed: Seed = 0,
        distribution: Distribution | None = None,
    ) -> None:
        super().__init__()
        self.source = source
        self.sampler, self.positives, self.negatives = sampler, positives, negatives
        self.view: View = Identity() if view is None else view
        self.batch_size, self.eval_batch_size = batch_size, eval_batch_size
        self.num_workers, self.seed = num_workers, seed
        self.distribution = Natural() if distribution is None else distribution
        self.splits: Splits | None = None
        self.unseen: dict[str, str] = {}
        self._training: TrainingLoader | None = None
        self._parts: dict[str, Any] = {}  # sampler, positives, negatives and perhaps the view
        self._restored: dict[str, Any] = {}  # state of the checkpoint that training resumes from
        self._shown: int | None = None  # the epoch before which the parts were last refreshed

    def setup(self, stage: str | None = None) -> None:
        splits = self._ready()
        if self.trainer is not None:  # otherwise Lightning warns of a loader without batches
            self.trainer.limit_val_batches *= len(splits.validation) > 0
            self.trainer.limit_test_batches *= len(splits.test) > 0

    def _ready(self) -> Splits:
        """Loads the source at the first call."""
        if self.splits is not None:
            return self.splits
        if self.source.modality != self.modality:
            raise InputError(
                f"source {type(self.source).__name__} is for {self.source.modality}, and "
                f"{self.modality} is read: choose another source, or train with "
                f"modality={self.source.modality}"
            )
        splits = self.completed(
            prepare(self.source, self.seed, self.distribution, self.whole, self.next_token)
        )
        self.classes, self.counts = splits.labelled.names, dict(splits.counts)
        parts = unjudged(self.counts, JUDGED)
        self.counts |= dict.fromkeys(parts, JUDGED)
        self.unseen |= {**splits.notes, **parts}
        if line := unsought(splits.labelled.raw):
            self.unseen["near_duplicates"] = line
        chosen = self.source.fractions is not None or self.whole is not None
        if not (self.classes or len(splits.test) or chosen or "empty_sides" in splits.notes):
            self.unseen["no_test"] = UNTESTED
        self._inputs = self.read(splits)
        self.splits = splits
        return splits

    def completed(self, splits: Splits) -> Splits:
        """The rows of a run, with those that are made for its training."""
        return splits

    @abstractmethod
    def read(self, splits: Splits) -> Callable[[np.ndarray], Inputs]:
        """Sets ``preprocess`` and ``derived``; returns a function from row numbers to inputs."""

    def writer(self) -> Writer:
        """Makes inputs of texts that are changed (``data.dataset``)."""
        raise InputError(
            f"negatives write texts, and rows of {self.modality}s are read: set negatives=in_batch"
        )

    def trained_labels(self) -> np.ndarray:
        """The labels of all training rows; where each place has one, those of all their places."""
        splits = self._ready()
        if self.places is None:
            return splits.labelled.label[splits.train]
        parts = np.array_split(splits.train, 1 + len(splits.train) // 1000)
        labels = [self.place_labels(part) for part in parts]
        return np.concatenate([label[label >= 0] for label in labels])

    def place_labels(self, rows: np.ndarray) -> np.ndarray:
        """The labels of all places of rows, below 0 for none."""
        assert self.places is not None
        return self.places(rows)

    def characters(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        """Begin and end (exclusive) of each place of a row, in characters."""
        raise InputError(f"{type(self).__name__} reads no texts, whose places have characters")

    def renumber(self, number: np.ndarray) -> None:
        """Gives classes other numbers, ``number[old]``; the last entry is for rows without one."""

    def epochs(self) -> int:
        """The length of a training that nobody has said: fewer epochs the more rows there are."""
        enough = -(-self.enough_rows // len(self._ready().train))
        return min(self.most_epochs, max(FEWEST_EPOCHS, enough))

    def facts(self, rows: np.ndarray) -> dict[str, Any]:
        """Values of training rows that this modality has for the sampler and the negatives."""
        return {}

    def train_dataloader(self) -> TrainingLoader:
        splits, trainer = self._ready(), self.trainer
        self._parts = training_parts(self, splits)
        sampler, positives, negatives = self._parts.values()
        dataset = self._dataset(splits.train, positives, negatives, splits.labelled.identity)
        trained = partial(batches_trained, trainer) if trainer else None
        self._training = TrainingLoader(dataset, sampler, *self._loading(), trained)
        if isinstance(self.view, torch.nn.Module):
            self._parts["view"] = self.view.to(trainer.strategy.root_device if trainer else "cpu")
        self._shown = self._restored.pop("shown", None)
        restore(self._parts, self._training, self._restored)
        self._restored = {}
        return self._training

    def refresh(self, network: Any, epoch: int) -> None:
        """Refreshes, once an epoch, the parts that are due; gives the view the encoder."""
        if epoch == self._shown:
            return
        self._shown = epoch
        following = [part for part in self._parts.values() if isinstance(part, Refreshed)]
        if parts := [part for part in following if part.due(epoch)]:
            embedded = embed_rows(network, self, self._ready().train)
            for part in parts:
                part.similarity = network.similarity
                part.refresh(embedded, epoch)
        self.view.follow(network.encoder, epoch)

    # Lightning restores the position of a loader only if the number of steps was not read before,
    # as a schedule does. So the position is kept here too.
    def state_dict(self) -> dict[str, Any]:
        if self._training is None:
            return {}
        state = {**state_of(self._parts, self._training), "shown": self._shown}
        return state | ({} if self.splits is None else {CONTENT: self.splits.content})

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._restored = dict(state_dict)
        content = self._restored.pop(CONTENT, None)
        if None not in (content, self.splits) and content != self._ready().content:
            raise OtherRun(
                "the training rows are others than when the checkpoint was written: bring the data "
                "back, or start a new run in another directory, hydra.run.dir=FOLDER"
            )

    def val_dataloader(self) -> Loader:
        return self._shared(bank_rows(self._ready().validation, 0, JUDGED))

    def test_dataloader(self) -> Loader:
        return self._shared(bank_rows(self._ready().test, 0, JUDGED))

    def bank_dataloader(self) -> Loader:
        """Training rows in order and without views, for kNN and for probes."""
        most = BANK if self.places is None else BANK // PLACES
        return self.in_order(bank_rows(self._ready().train, self.seed, most))

    def transfer_batch_to_device(
        self, batch: Batch, device: torch.device, dataloader_idx: int
    ) -> Batch:
        if device.type == "cpu":  # the batch is there already: its tensors need no check
            return batch
        return super().transfer_batch_to_device(batch, device, dataloader_idx)

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        if self.trainer is not None and self.trainer.training:
            return viewed(batch, self.view)
        return batch._replace(inputs=as_float(batch.inputs))

    def _dataset(
        self, rows: np.ndarray, positives: Any, negatives: Any, identity: np.ndarray | None = None
    ) -> ContrastiveDataset:
        labelled = self._ready().labelled
        partners = None if identity is None else partners_of(labelled, rows, extra=True)
        others = None if partners is None else partners.row
        label = labelled.label
        write = self.writer() if negatives.writes_texts else None
        return ContrastiveDataset(
            self._inputs, label, rows, positives, negatives, others, identity, self.places, write
        )

    def in_order(self, rows: np.ndarray, rank: int = 0, world_size: int = 1) -> Loader:
        """Each row of the source once (one rank's share), without views or partners."""
        dataset = self._dataset(rows, NoPositives(), InBatchNegatives())
        return Loader(dataset, self.eval_batch_size, *self._loading(), rank, world_size)

    def _shared(self, rows: np.ndarray) -> Loader:
        return self.in_order(rows, distributed.rank(), distributed.world_size())

    def _loading(self) -> tuple[int, bool]:
        """Number of workers, and whether batches are pinned: that only helps an accelerator."""
        device = self.trainer.strategy.root_device.type if self.trainer else "cpu"
        return self.num_workers, device == "cuda"
