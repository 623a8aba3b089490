"""The training loop of every contrastive classifier: the page to read first."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from torch import Tensor
from torchmetrics import MeanMetric

from lightning_contrast.batch import Batch, first
from lightning_contrast.config.arguments import checked
from lightning_contrast.config.part import Run, name_of
from lightning_contrast.config.ranges import Count, NotNegative
from lightning_contrast.engine.grad_cache import encode_in_chunks
from lightning_contrast.errors import InputError
from lightning_contrast.mix.none import NoMix
from lightning_contrast.modules.by_length import by_length
from lightning_contrast.modules.network import Network
from lightning_contrast.modules.resumable import Resumable
from lightning_contrast.modules.row_weights import Alike
from lightning_contrast.regularisers.regulariser import Added, Regulariser
from lightning_contrast.runtime.distributed import gather, mean_over_ranks
from lightning_contrast.types import Answer, Embedded, Rows
from lightning_contrast.units.whole import Whole


class ContrastiveClassifier(Resumable):
    """Trains a network by a contrast of rows, a classification loss, and regularisers.

    ``loss = contrast_weight * contrast + head_weight * classify + regularisers``. Which rows are
    positive, kept, scored and how is the business of ``contrast`` (an ``engine.Contrast``).

    Args:
        network: encoder, projector and head, with what reads raw rows; it predicts on its own.
        contrast: ``(anchors, candidates) -> (sum, weight)``.
        candidates: what the anchors are scored against: see ``candidates.store.Store``.
        optimizer: ``parameter groups -> optimizer``: ``partial(torch.optim.AdamW, lr=1e-3)``.
        schedule: ``(optimizer, steps) -> scheduler``, or ``None``.
        contrast_weight: weight of the contrast; 0 leaves it out.
        head_weight: weight of the classification loss.
        symmetric: positives are anchors too (SimCLR, SupCon); else only the anchors are.
        head_lr_factor: learning rate of all but the encoder, relative to the encoder's.
        grad_cache: rows encoded at a time, with gradients as of all (``engine.grad_cache``).
        mix: what the head's loss sees of the anchors: see ``mix.none.NoMix``, the default.
        regularisers: what embeddings are to be like, by name, beside the contrast or without one.
        unit: what a row of the contrast is: see ``units.unit.Unit``; default a whole sample.
        weights: how much each row counts: see ``modules.row_weights``; default alike.

    Raises:
        InputError: a weight is negative, or both are 0; chunks of no rows; a network of another
            modality.
    """

    _key, _elsewhere = "module.", {"grad_cache": "trainer.grad_cache"}
    modality: ClassVar[str]

    @checked
    def __init__(
        self,
        network: Network,
        contrast: Any,
        candidates: Any,
        optimizer: Callable,
        schedule: Callable | None,
        contrast_weight: NotNegative = 1.0,
        head_weight: NotNegative = 1.0,
        symmetric: bool = True,
        head_lr_factor: NotNegative = 1.0,
        grad_cache: Count | None = None,
        mix: Any = None,
        regularisers: Mapping[str, Regulariser] | None = None,
        unit: Any = None,
        weights: Any = None,
    ) -> None:
        super().__init__()
        if contrast_weight == head_weight == 0:
            raise InputError(
                "module.contrast_weight and module.head_weight must not both be 0: set "
                "module.head_weight=1"
            )
        if network.modality != self.modality:
            raise InputError(
                f"{type(self).__name__} trains networks that read {self.modality}s, got one that "
                f"reads {network.modality}s: give it another preprocess"
            )
        self.network = network
        self.contrast, self.candidates = contrast, candidates
        network.similarity = contrast.similarity
        self.candidates.adopt(network.encoder, network.projector)
        self.optimizer, self.schedule = optimizer, schedule
        self.contrast_weight, self.head_weight = contrast_weight, head_weight
        self.symmetric, self.head_lr_factor, self.grad_cache = symmetric, head_lr_factor, grad_cache
        self.mix = NoMix() if mix is None else mix
        self.regularisers = Added(regularisers or {})
        self.unit = Whole() if unit is None else unit
        self.weights = Alike() if weights is None else weights
        self.last_rows: Rows | None = None
        self.metrics = network.head.running()
        self.validation_loss = MeanMetric()

    @classmethod
    def check(cls, run: Run) -> None:
        """Raises ``InputError`` if the loop can't train the parts of a run."""
        judge = run.head if run.head.answer is Answer.REALNESS else None
        for part in (run.generator, judge):
            if part is not None:
                raise InputError(
                    f"{name_of(part)} is a part of a generator's training, and the run trains a "
                    "classifier: set module=generator, or leave it out"
                )

    def training_step(self, batch: Batch, batch_index: int = 0) -> Tensor:
        network, anchor = self.network, batch.anchor
        online = self.candidates.online(batch, self.symmetric)
        shown, target = self.mix(anchor.inputs, anchor.label, len(network.classes))
        compares = self.contrast_weight or len(self.regularisers)
        features = self.encode(online.inputs if compares else shown)
        apart = compares and self.mix.changes
        anchored = self.encode(shown) if apart else first(features, len(anchor.label))
        classify = mean_over_ranks(*self.classify(anchored, target, batch))
        loss = _weighted(classify, self.head_weight)
        parts = {"train/classify": classify}
        if compares:
            read = self.unit(features, online)
            projected = network.projector(read.embedding)
            rows = read._replace(embedding=self.contrast.embedding(projected))
            self.last_rows = rows._replace(embedding=rows.embedding.detach())
            asks = len(self.regularisers) and self.candidates.teaches
            taught = self.candidates.taught(rows) if asks else None
            beside = projected, online.counts, self.candidates.class_prototypes(), taught
            for name, penalty in self.regularisers(*beside).items():
                loss, parts[f"train/{name}"] = loss + penalty, penalty
        if self.contrast_weight:
            keys = self.candidates.keys(self, rows, batch)
            asking = network.projector.asking(rows, projected)
            pair_sums = self.contrast.needs_pair_sums
            anchors = self.unit.anchors(asking, online, self.symmetric, pair_sums)
            scored = self.candidates(anchors, gather(keys))
            contrast = mean_over_ranks(*self.contrast(*scored))
            loss = loss + _weighted(contrast, self.contrast_weight)
            parts["train/contrast"] = contrast
        self.log_now_and_then({"train/loss": loss, **parts})
        return loss

    def classify(self, features: Tensor, target: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """The head's loss of the anchors, whose features these are: sum and weight."""
        return self.weights.of_head(self.network.head, features, target, batch.anchor)

    def encode(self, inputs: Any) -> Tensor:
        """Features ``(r, f)`` of inputs as a batch holds them, with a gradient, all in one pass of
        the encoder, or in chunks where asked for."""
        if not self.grad_cache:
            return self.network(inputs)
        inputs = self.network.preprocess(inputs)
        return encode_in_chunks(self.network.encoder, inputs, self.grad_cache)

    def validation_step(self, batch: Batch, batch_index: int = 0) -> None:
        features = by_length(self.network, batch.inputs)
        total, weight = self.network.head.loss(features, batch.label)
        self.metrics.update(*self.network.head.judged(features, batch.label))
        self.validation_loss.update(total / weight.clamp_min(1), weight)

    def on_validation_epoch_end(self) -> None:
        if self.network.head.has_loss:
            self.log("validation/loss", self.validation_loss.compute())
            self.log_dict(self.metrics.compute(), prog_bar=True)
        self.validation_loss.reset()
        self.metrics.reset()

    def predict_step(self, batch: Batch, batch_index: int = 0) -> Embedded:
        return self.network.read(batch)


def _weighted(loss: Tensor, weight: float) -> Tensor:
    """``weight * loss``; the loss itself for 1, as a product and its gradient take their time."""
    return loss if weight == 1 else weight * loss
