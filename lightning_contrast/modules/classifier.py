"""The training loop of every contrastive classifier: the page to read first."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

import torch
from pytorch_lightning import LightningModule
from torch import Tensor
from torch.nn.functional import normalize

from lightning_contrast.batch import Batch, anchor_rows, columns, first
from lightning_contrast.encoders.grad_cache import encode_in_chunks
from lightning_contrast.metrics.running import running_metrics
from lightning_contrast.mix.none import NoMix
from lightning_contrast.modules.checkpoint import pack, unpack
from lightning_contrast.modules.parameters import make_optimizer
from lightning_contrast.modules.raw_rows import RawRows
from lightning_contrast.modules.weights import check_weights, weighted
from lightning_contrast.runtime.distributed import gather, mean_over_ranks, rank
from lightning_contrast.runtime.random_state import set_whole_random_state, whole_random_state
from lightning_contrast.types import Embedded, Rows


class ContrastiveClassifier(RawRows, LightningModule):
    """Encoder, projector and head, trained by a contrast of rows and a classification loss.

    ``loss = contrast_weight * contrast + head_weight * classify``. Which rows are positive, kept,
    scored and how is the business of ``contrast`` (an ``engine.Contrast``).

    Args:
        encoder: inputs to features ``(r, f)``; has ``out_features``.
        projector: features to embedding ``(r, d)``, normalised here.
        head: features to logits; has ``loss(features, label) -> (sum, weight)``.
        contrast: ``(anchors, candidates) -> (sum, weight)``.
        candidates: what the anchors are scored against: see ``candidates.in_batch.InBatch``.
        optimizer: ``parameter groups -> optimizer``: ``partial(torch.optim.AdamW, lr=1e-3)``.
        schedule: ``(optimizer, steps) -> scheduler``, or ``None``.
        classes: names of the classes, in label order.
        preprocess: ``batch(raw rows) -> inputs`` of the encoder; saved in the checkpoint.
        contrast_weight: weight of the contrast; 0 leaves it out.
        head_weight: weight of the classification loss.
        symmetric: positives are anchors too (SimCLR, SupCon); else only the anchors are.
        head_lr_factor: learning rate of all but the encoder, relative to the encoder's.
        grad_cache: rows encoded at a time, with gradients as of all (``modules.grad_cache``).
        mix: what the head's loss sees of the anchors: see ``mix.none.NoMix``, the default.

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
        grad_cache: int | None = None,
        mix: Any = None,
    ) -> None:
        super().__init__()
        check_weights(contrast_weight, head_weight, grad_cache)
        self.encoder: Any = encoder
        self.projector: Any = projector
        self.head: Any = head
        self.contrast, self.candidates = contrast, candidates
        self.candidates.adopt(encoder, projector)
        self.optimizer, self.schedule = optimizer, schedule
        self.classes = [str(name) for name in classes]
        self.contrast_weight, self.head_weight = contrast_weight, head_weight
        self.symmetric, self.head_lr_factor = symmetric, head_lr_factor
        self.preprocess, self.grad_cache = preprocess, grad_cache
        self.mix = NoMix() if mix is None else mix
        self.run: dict[str, Any] = {}
        self.last_rows: Rows | None = None
        self._random_state: dict[str, Any] | None = None
        self.metrics = running_metrics(len(self.classes))

    def training_step(self, batch: Batch, batch_index: int = 0) -> Tensor:
        online = self.candidates.online(batch, self.symmetric)
        anchor = batch.anchor
        shown, target = self.mix(anchor.inputs, anchor.label, len(self.classes))
        features = self.encode_inputs(online.inputs if self.contrast_weight else shown)
        apart = self.contrast_weight and self.mix.changes
        anchored = self.encode_inputs(shown) if apart else first(features, len(anchor.label))
        classify = mean_over_ranks(*self.head.loss(anchored, target))
        loss = weighted(classify, self.head_weight)
        parts = {"train/classify": classify}
        if self.contrast_weight:
            rows = self.rows(features, columns(online), self.projector)
            keys = self.candidates.keys(self, rows, batch)
            anchors = anchor_rows(rows, online, self.symmetric, self.contrast.needs_pair_sums)
            scored = self.candidates(anchors, gather(keys))
            contrast = mean_over_ranks(*self.contrast(*scored))
            loss = loss + weighted(contrast, self.contrast_weight)
            parts["train/contrast"] = contrast
            self.last_rows = rows._replace(embedding=rows.embedding.detach())
        self.log_now_and_then({"train/loss": loss, **parts})
        return loss

    def encode(self, batch: Batch) -> Tensor:
        """Features ``(r, f)`` of anchors, positives and negatives, in one pass of the encoder."""
        return self.encode_inputs(batch.inputs)

    def encode_inputs(self, inputs: Any) -> Tensor:
        """Features of inputs as a batch holds them; in training in chunks, where asked for."""
        inputs = self.prepare(inputs)
        if self.grad_cache and torch.is_grad_enabled():
            return encode_in_chunks(self.encoder, inputs, self.grad_cache)
        return self.encoder(inputs)

    def prepare(self, inputs: Any) -> Any:
        """What the inputs need before the encoder, such as normalisation."""
        return inputs

    def rows(self, features: Tensor, columns: Sequence[Tensor], projector: Any) -> Rows:
        """Embedded rows, with what a pairing may look at: label, index, role and slot."""
        return Rows(normalize(projector(features), dim=1, eps=1e-6), *columns)

    def log_now_and_then(self, values: dict[str, Tensor]) -> None:
        """Logs every ``log_every_n_steps``: Lightning's books cost more than a small step."""
        trainer: Any = self._trainer
        if trainer and (trainer.global_step + 1) % trainer.log_every_n_steps == 0:
            self.log_dict({name: value.detach() for name, value in values.items()})

    def validation_step(self, batch: Batch, batch_index: int = 0) -> None:
        features = self.encode(batch)
        total, weight = self.head.loss(features, batch.label)
        self.metrics.update(self.head(features), batch.label)
        loss = total / weight.clamp_min(1)
        self.log("validation/loss", loss, batch_size=len(features), sync_dist=True)

    def on_validation_epoch_end(self) -> None:
        self.log_dict(self.metrics.compute(), prog_bar=True)
        self.metrics.reset()

    def predict_step(self, batch: Batch, batch_index: int = 0) -> Embedded:
        features = self.encode(batch).float()
        embedding, logits = self.project(features), self.head(features)
        outputs = (features, embedding, logits, batch.label, batch.index)
        return Embedded(*(output.cpu() for output in outputs))

    def configure_optimizers(self) -> Any:
        clipped = bool(getattr(self._trainer, "gradient_clip_val", None))
        optimizer = make_optimizer(self, clipped)
        if self.schedule is None:
            return optimizer
        scheduler = self.schedule(optimizer, int(self.trainer.estimated_stepping_batches))
        return [optimizer], [{"scheduler": scheduler, "interval": "step"}]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        pack(self, checkpoint)
        checkpoint["random_state"] = whole_random_state(self.device.type)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        of_ranks = checkpoint.get("random_states", [])
        own = of_ranks[rank()] if rank() < len(of_ranks) else checkpoint.get("random_state")
        self._random_state = own

    def on_train_start(self) -> None:
        if self._random_state is not None:  # dropout and views go on where they were
            set_whole_random_state(self.device.type, self._random_state)
            self._random_state = None
        self.refresh_data()  # stopped between epochs, a run goes on without `on_train_epoch_start`

    def on_train_epoch_start(self) -> None:
        self.refresh_data()

    def refresh_data(self) -> None:
        """Shows the data module this classifier; of several calls an epoch the first counts."""
        refresh = getattr(getattr(self.trainer, "datamodule", None), "refresh", None)
        if refresh is not None:  # samplers and negatives may follow the embedding
            refresh(self, self.current_epoch)

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
