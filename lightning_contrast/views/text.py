"""Views of token rows: each row gets its own random numbers, the whole batch at once.

A view hides tokens through ``attention_mask`` or moves them within the row; the shape stays, and
the first token (a pretrained model's ``[CLS]``) is never hidden, so that no row comes out empty.
"""

import torch
from torch import Tensor

from lightning_contrast.config.ranges import AboveZeroToOne, BelowOne
from lightning_contrast.errors import InputError
from lightning_contrast.views.view import View

Tokens = dict[str, Tensor]


class TokenDropout(View):
    """Hides each token with ``probability``; ids and shape ``(r, T)`` stay.

    Raises ``InputError`` for a probability outside [0, 1). Source: the "delete" augmentation of
    EDA, Wei and Zou 2019, arXiv:1901.11196.

    >>> tokens = {"input_ids": torch.ones(1, 3).long(), "attention_mask": torch.ones(1, 3).long()}
    >>> TokenDropout(0.0)(tokens)["attention_mask"].tolist()
    [[1, 1, 1]]
    """

    modality = "text"

    def __init__(self, probability: BelowOne = 0.2) -> None:
        super().__init__()
        self.probability = probability

    def forward(self, inputs: Tokens) -> Tokens:
        mask = inputs["attention_mask"]
        if not mask.numel():
            return inputs
        score = torch.rand(mask.shape, device=mask.device)
        score[:, 0] = 1.0
        score = score * mask
        # The best score of a row always stays: the first token, or what another view left.
        keep = (score >= self.probability) | (score == score.amax(dim=1, keepdim=True))
        return {**inputs, "attention_mask": mask * keep}


class SpanCrop(View):
    """Keeps the first token and one span of the rest, moved to the front of the row ``(r, T)``.

    The span holds a share of the row's tokens, uniform in [``shortest``, ``longest``], and starts
    anywhere it fits. Raises ``InputError`` unless 0 < shortest <= longest <= 1. Source: the
    independent crops of Contriever, Izacard et al. 2022, arXiv:2112.09118.

    >>> tokens = {"input_ids": torch.tensor([[7, 8, 9]]), "attention_mask": torch.ones(1, 3).long()}
    >>> SpanCrop(0.5, 0.5)(tokens)["attention_mask"].tolist()
    [[1, 1, 0]]
    """

    modality = "text"

    def __init__(self, shortest: AboveZeroToOne = 0.5, longest: AboveZeroToOne = 1.0) -> None:
        super().__init__()
        if shortest > longest:
            raise InputError(
                "a span crop needs 0 < shortest <= longest <= 1, "
                f"got shortest={shortest}, longest={longest}"
            )
        self.shortest = shortest
        self.longest = longest

    def forward(self, inputs: Tokens) -> Tokens:
        mask = inputs["attention_mask"]
        if not mask.numel():
            return inputs
        rows, width = mask.shape
        column = torch.arange(width, device=mask.device)
        rest = ((column + 1) * mask).amax(dim=1, keepdim=True) - 1  # tokens after the first
        share = torch.empty(rows, 1, device=mask.device).uniform_(self.shortest, self.longest)
        span = (share * rest).round().long().clamp(min=1)
        shift = (torch.rand(rows, 1, device=mask.device) * (rest - span + 1).clamp(min=1)).long()
        source = torch.where(column > 0, column + shift, column).clamp(max=width - 1)
        kept = mask.gather(1, source) * (column <= span)
        empty = ~kept.bool().any(dim=1, keepdim=True)
        moved = inputs["input_ids"].gather(1, source)
        return {
            **inputs,
            "input_ids": torch.where(empty, inputs["input_ids"], moved),
            "attention_mask": torch.where(empty, mask, kept),
        }
