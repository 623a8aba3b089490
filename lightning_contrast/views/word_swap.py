"""A view that swaps words."""

import torch
from torch import Tensor

from lightning_contrast.config.ranges import Count, Share
from lightning_contrast.rows.vocabulary import Vocabulary
from lightning_contrast.views.text import Tokens
from lightning_contrast.views.view import View


class WordSwap(View):
    """Swaps tokens that stand near each other; ids and mask keep their shape ``(r, T)``.

    Each row draws how far apart, from 1 to ``distance``, pairs up its tokens at that distance from
    a random start, and swaps each pair with ``probability``: so each token moves with about that.
    Padding, hidden and special tokens stay where they are, and so does the first token where the
    vocabulary is not known. (A bag of single words sees no order: give it ``encoder.ngrams=2``.)

    Raises ``InputError`` for a probability outside [0, 1] or a distance below 1. Source: the
    "random swap" of EDA, Wei and Zou 2019, arXiv:1901.11196.

    >>> tokens = {"input_ids": torch.tensor([[7, 8, 9]]), "attention_mask": torch.ones(1, 3).long()}
    >>> sorted(WordSwap(1.0)(tokens)["input_ids"][0].tolist())
    [7, 8, 9]
    """

    modality = "text"
    needs_vocabulary = True
    special: Tensor | None

    def __init__(self, probability: Share = 0.1, distance: Count = 3) -> None:
        super().__init__()
        self.probability, self.distance = probability, distance
        self.register_buffer("special", None, persistent=False)

    def prepare(self, vocabulary: Vocabulary) -> None:
        self.special = vocabulary.special

    def forward(self, inputs: Tokens) -> Tokens:
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        if not mask.numel():
            return inputs
        (rows, width), device = mask.shape, mask.device
        column = torch.arange(width, device=device)
        apart = torch.randint(1, self.distance + 1, (rows, 1), device=device)
        start = (torch.rand(rows, 1, device=device) * 2 * apart).long()
        partner = column + apart * (1 - 2 * ((column + start) // apart % 2))
        inside = (partner >= 0) & (partner < width)
        partner = torch.where(inside, partner, column)
        free = mask.bool() & (column > 0 if self.special is None else ~self.special[ids.long()])
        chance = torch.rand(mask.shape, device=device).gather(1, partner.minimum(column))
        swapped = free & free.gather(1, partner) & (chance < self.probability)
        return {**inputs, "input_ids": ids.gather(1, torch.where(swapped, partner, column))}
