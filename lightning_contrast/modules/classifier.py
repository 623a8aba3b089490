"""The training loop of every contrastive classifier: the page to read first."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import torch
from lightning_fabric.utilities import move_data_to_device
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.nn.functional import normalize

from lightning_contrast.distributed import gather, mean_over_ranks, rank
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.running import running_metrics
from lightning_contrast.modules.checkpoint import pack, unpack
from lightning_contrast.modules.inputs import concatenate, row_columns
from lightning_contrast.modules.parameters import parameter_groups
from lightning_contrast.modules.prediction import Prediction, predictions
from lightning_contrast.types import SLOTS, Batch, Embedded, Rows

SAMPLE_BITS = 20  # a million samples on each of 512 ranks have different slots in 32 bits


class ContrastiveClassifier(LightningModule):
    """Encoder, projector and head, trained by a contrast of rows and a classification loss.

    ``loss = contrast_weight * contrast + head_weight * classify``. Which rows are positive, kept,
    scored and how is the business of ``contrast`` (an ``engine.Contrast``).

    Args:
        encoder: inputs to features ``(r, f)``; has ``out_features``.
        projector: features to embedding ``(r, d)``, normalised here.
        head: features to logits; has ``loss(features, label) -> (sum, weight)``.
        contrast: ``(anchors, candidates) -> (sum, weight)``.
        candidates: what stands beside the gathered rows: ``rows -> rows``.
        optimizer: ``parameter groups -> optimizer``: ``partial(torch.optim.AdamW, lr=1e-3)``.
        schedule: ``(optimizer, steps) -> scheduler``, or ``None``.
        classes: names of the classes, in label order.
        preprocess: ``batch(raw rows) -> inputs`` of the encoder; saved in the checkpoint.
        contrast_weight: weight of the contrast; 0 leaves it out.
        head_weight: weight of the classification loss.
        symmetric: positives are anchors too (SimCLR, SupCon); else only the anchors are.
        head_lr_factor: learning rate of head and projector, relative to the encoder's.

    Raises:
        InputError: a weight is negative, or both are 0.
    """

    modality: ClassVar[str]

    def __init__(
        self,
        encoder: Any,
        projector: Any,
        head: Any,
        contrast: Any,
        candidates: Any,
        optimizer: Callable,
        schedule: Callable | None,
        classes: Sequence[str],
        preprocess: Any,
        contrast_weight: float = 1.0,
        head_weight: float = 1.0,
        symmetric: bool = True,
        head_lr_factor: float = 1.0,
    ) -> None:
        super().__init__()
        if min(contrast_weight, head_weight) < 0 or contrast_weight + head_weight == 0:
            raise InputError(
                "module.contrast_weight and module.head_weight must be at least 0 and not both 0, "
                f"got {contrast_weight} and {head_weight}: set one of them to 1"
            )
        self.encoder: Any = encoder
        self.projector: Any = projector
        self.head: Any = head
        self.contrast, self.candidates = contrast, candidates
        self.optimizer, self.schedule = optimizer, schedule
        self.classes = [str(name) for name in classes]
        self.contrast_weight, self.head_weight = contrast_weight, head_weight
        self.symmetric, self.head_lr_factor = symmetric, head_lr_factor
        self.preprocess = preprocess
        self.run: dict[str, Any] = {}
        self.last_rows: Rows | None = None
        self.metrics = running_metrics(len(self.classes))

    def training_step(self, batch: Batch, batch_index: int = 0) -> Tensor:
        features = self.encode(batch)
        anchored = features[: len(batch.anchor.label)]
        classify = mean_over_ranks(*self.head.loss(anchored, batch.anchor.label))
        loss = self.head_weight * classify
        parts = {"train/classify": classify}
        if self.contrast_weight:
            rows = self.rows(features, batch)
            candidates = self.candidates(gather(rows))
            contrast = mean_over_ranks(*self.contrast(self.anchors(rows, batch), candidates))
            loss = loss + self.contrast_weight * contrast
            parts["train/contrast"] = contrast
            self.last_rows = rows._replace(embedding=rows.embedding.detach())
        self.log_now_and_then({"train/loss": loss, **parts})
        return loss

    def encode(self, batch: Batch) -> Tensor:
        """Features ``(r, f)`` of anchors, positives and negatives, in one pass of the encoder."""
        return self.encoder(self.prepare(concatenate(batch)))

    def prepare(self, inputs: Any) -> Any:
        """What the inputs need before the encoder, such as normalisation."""
        return inputs

    def rows(self, features: Tensor, batch: Batch) -> Rows:
        """The embedded rows of the batch, with what a pairing may look at."""
        embedding = normalize(self.projector(features), dim=1, eps=1e-6)
        label, index, role, slot = row_columns(batch)
        return Rows(embedding, label, index, role, slot + SLOTS * (rank() << SAMPLE_BITS))

    def anchors(self, rows: Rows, batch: Batch) -> Rows:
        """The rows that act as anchors: a prefix, since negatives stand last."""
        count = len(batch.anchor.label)
        if self.symmetric:
            count += len(batch.positive.label)
        return rows if count == len(rows.label) else Rows(*(column[:count] for column in rows))

    def log_now_and_then(self, values: dict[str, Tensor]) -> None:
        """Logs every ``log_every_n_steps``: Lightning's books cost more than a small step."""
        trainer: Any = self._trainer
        if trainer and (trainer.global_step + 1) % trainer.log_every_n_steps == 0:
            self.log_dict({name: value.detach() for name, value in values.items()})

    def validation_step(self, batch: Batch, batch_index: int = 0) -> None:
        features = self.encode(batch)
        total, weight = self.head.loss(features, batch.anchor.label)
        self.metrics.update(self.head(features), batch.anchor.label)
        self.log("validation/loss", total / weight.clamp_min(1), batch_size=len(features))

    def on_validation_epoch_end(self) -> None:
        self.log_dict(self.metrics.compute(), prog_bar=True)
        self.metrics.reset()

    def predict_step(self, batch: Batch, batch_index: int = 0) -> Embedded:
        features = self.encode(batch).float()
        embedding = normalize(self.projector(features), dim=1, eps=1e-6)
        logits = self.head(features)
        outputs = (features, embedding, logits, batch.anchor.label, batch.anchor.index)
        return Embedded(*(output.cpu() for output in outputs))

    def configure_optimizers(self) -> Any:
        optimizer = self.optimizer(parameter_groups(self))
        if self.schedule is None:
            return optimizer
        scheduler = self.schedule(optimizer, int(self.trainer.estimated_stepping_batches))
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        pack(self, checkpoint)

    def predict(
        self, raw: Sequence[Any], batch_size: int = 64, first_row: int = 0
    ) -> list[Prediction]:
        """Label and probabilities of each raw row; errors count rows from ``first_row``.

        Raises:
            InputError: the rows are not what this classifier reads; the row is named.
        """
        with torch.inference_mode():
            features = self.features(raw, batch_size, first_row)
            return predictions(self.head(features), self.classes)

    def embed(self, raw: Sequence[Any], batch_size: int = 64) -> Tensor:
        """Unit embeddings ``(n, d)`` of raw rows."""
        with torch.inference_mode():
            return normalize(self.projector(self.features(raw, batch_size)), dim=1, eps=1e-6)

    @torch.inference_mode()
    def features(self, raw: Sequence[Any], batch_size: int = 64, first_row: int = 0) -> Tensor:
        """Encoder features ``(n, f)`` of raw rows."""
        self.eval()
        self.check(raw, first_row)
        features = []
        for start in range(0, len(raw), batch_size):
            batch = raw[start : start + batch_size]
            inputs = move_data_to_device(self.preprocess.batch(batch), self.device)
            features.append(self.encoder(self.prepare(inputs)).float())
        return torch.cat(features)

    def check(self, raw: Sequence[Any], first_row: int = 0) -> None:
        """Raises ``InputError`` for rows that this classifier does not read."""

    @classmethod
    def load(cls, path: Any, trust: tuple[str, ...] = ()) -> Self:
        """The classifier of a checkpoint, ready to predict, on the CPU.

        Args:
            path: a ``.ckpt`` file of a run.
            trust: package prefixes beyond this one that the checkpoint may import.

        Raises:
            InputError: no such file, not a checkpoint of this package, or of another modality.
        """
        return unpack(cls, path, trust)
