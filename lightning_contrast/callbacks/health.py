"""Figures of the gradient and the embedding, logged during training."""

from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.nn.utils import get_total_norm

from lightning_contrast.batch import normalized
from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import Count
from lightning_contrast.loggers.histograms import count_cosines, log_with_histograms
from lightning_contrast.metrics.geometry import effective_rank
from lightning_contrast.types import Rows

PARTS = ("encoder", "projector", "head", "contrast", "candidates")
MOST = 512  # rows of a batch that are compared with each other


class Health(Callback):
    """Logs under ``health/``, every ``every_n_steps``, figures that show how training goes.

    Of the gradient, before clipping: its norm, and that of each part (``gradient_norm/encoder``).
    Of the embeddings of this rank's batch: mean and deviation of their norm before they are
    normalised; the cosines of positive and of negative pairs, as the run pairs rows, with
    histograms; alignment and uniformity (Wang and Isola 2020, arXiv:2005.10242); the effective rank
    (arXiv:2210.02885). Also the temperature and the learning rate.

    A step that is logged waits for the device once; the others do not wait. Without a logger
    nothing is computed. Raises InputError for a period below one step.

    >>> Health(every_n_steps=0)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: Health: every_n_steps must be a whole number of at ...
    """

    _key = "callbacks.health."

    @checked
    def __init__(self, every_n_steps: Count = 50) -> None:
        self.every_n_steps = every_n_steps
        self._norms: Tensor | None = None
        self._hook: Any = None
        self._found: dict[str, Tensor] = {}

    def due(self, trainer: Trainer) -> bool:
        """Whether the current step is logged."""
        return bool(trainer.loggers) and (trainer.global_step + 1) % self.every_n_steps == 0

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        if self._hook is None and self.due(trainer):
            network: Any = pl_module.network
            self._hook = network.projector.register_forward_hook(self._see)

    def _see(self, module: Any, inputs: Any, output: Tensor) -> None:
        self._norms = output.detach().float().norm(dim=1)

    def on_before_optimizer_step(
        self, trainer: Trainer, pl_module: LightningModule, optimizer: Any
    ) -> None:
        if self.due(trainer):
            self._found = gradient_norms(pl_module)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if not self._found:
            return
        found, self._found = self._found, {}
        rows: Rows | None = getattr(pl_module, "last_rows", None)
        counts = None
        if self._norms is not None and len(self._norms):  # tokens of spans: a batch may hold none
            found["embedding_norm"], found["embedding_norm_deviation"] = _spread(self._norms)
        if rows is not None:
            seen, counts = embedding_health(rows, pl_module.contrast.pairing)  # type: ignore[union-attr]
            found |= seen
        self._forget()
        temperature = getattr(getattr(pl_module.contrast, "loss", None), "temperature", None)
        if temperature is not None:
            found["temperature"] = torch.as_tensor(temperature).detach()
        rate = trainer.optimizers[0].param_groups[0]["lr"]
        if trainer.is_global_zero:
            write(trainer, found, counts, float(rate))

    def on_exception(
        self, trainer: Trainer, pl_module: LightningModule, exception: BaseException
    ) -> None:
        self._forget()

    def _forget(self) -> None:
        if self._hook is not None:
            self._hook.remove()
        self._hook = self._norms = None


@torch.no_grad()
def gradient_norms(module: Any) -> dict[str, Tensor]:
    """Norm of the gradient: of all parameters, and of each part that has a gradient."""
    parts = {}
    for name in PARTS:
        part = getattr(module.network, name, None) or getattr(module, name, None)
        if isinstance(part, torch.nn.Module):
            grads = [p.grad for p in part.parameters() if p.grad is not None]
            if grads:
                parts[name] = get_total_norm(grads)
    named = {f"gradient_norm/{name}": norm for name, norm in parts.items()}
    if parts:
        named["gradient_norm"] = torch.stack([n.float() for n in parts.values()]).norm()
    return named


@torch.no_grad()
def embedding_health(rows: Rows, pairing: Any) -> tuple[dict[str, Tensor], Tensor]:
    """Figures of a batch's embeddings on the unit sphere, whichever similarity the contrast
    compares, so that runs can be held against each other; and the histograms ``(2, bins)`` of
    positive and negative cosines."""
    rows = Rows(*(column[:MOST] for column in rows))
    embedding = normalized(rows.embedding.float())
    cosine = embedding @ embedding.T
    pairs = pairing(rows, rows)
    means = [(cosine * mask).sum() / mask.sum() for mask in (pairs.positive, pairs.negative)]
    other = (4 * (cosine - 1)).fill_diagonal_(-torch.inf)
    n = len(embedding)
    figures = {
        "cosine/positive": means[0],
        "cosine/negative": means[1],
        "alignment": 2 - 2 * means[0],
        "uniformity": other.flatten().logsumexp(0) - torch.tensor(n * (n - 1.0)).log(),
        "effective_rank": effective_rank(embedding),
    }
    counts = [count_cosines(cosine, mask) for mask in (pairs.positive, pairs.negative)]
    return figures, torch.stack(counts)


def write(trainer: Trainer, found: dict[str, Tensor], counts: Tensor | None, rate: float) -> None:
    """Logs all figures of a step; it waits for the device once."""
    step = trainer.global_step - 1  # Lightning logs from step 0
    numbers = torch.stack([value.float().cpu() for value in found.values()]).tolist()
    # The mean cosine of pairs is NaN in a batch without such pairs.
    named = zip(found, numbers, strict=True)
    figures = {f"health/{n}": v for n, v in named if v == v or n.startswith("gradient_norm")}
    drawn = {}
    if counts is not None:
        for name, row in zip(("positive", "negative"), counts.cpu().numpy(), strict=True):
            if row.any():
                drawn[f"health/cosines/{name}"] = row
    figures["health/learning_rate"] = rate
    log_with_histograms(trainer.loggers, figures, drawn, step)


def _spread(values: Tensor) -> tuple[Tensor, Tensor]:
    return values.mean(), values.std(correction=0)
