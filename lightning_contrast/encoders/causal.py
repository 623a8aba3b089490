"""A small causal transformer, from scratch: a token sees itself and those before it."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import gelu, scaled_dot_product_attention

from lightning_contrast.config.ranges import BelowOne, Count, CountFromZero
from lightning_contrast.encoders._attention import check_width, sinusoids
from lightning_contrast.encoders._causal_encoder import CausalEncoder
from lightning_contrast.encoders._pooling import pool

SCALE = 0.02  # of token vectors at the start: larger ones, tied, would have each token repeated
Kept = tuple[Tensor, Tensor]
"""Keys and values of a layer, each ``(r, heads, T, width / heads)``."""


class Past(NamedTuple):
    """Which tokens were there, bool ``(r, T)``, and what each layer keeps of them."""

    there: Tensor
    layers: list[Kept]


class Causal(CausalEncoder):
    """Token embedding + sinusoidal positions, pre-norm layers of causal attention, a last norm.

    ``{input_ids, attention_mask} (r, T) -> features (r, T, width)``, zeros at padding; with
    ``dense=False`` their mean, ``(r, width)``. ``output_layer`` shares its weights with the token
    embedding (Press and Wolf 2017, arXiv:1608.05859).

    Raises:
        InputError: ``heads`` does not divide ``width``, or the width is odd.

    Source: Vaswani et al. 2017, arXiv:1706.03762; the layout of Radford et al. 2019 (GPT-2).

    >>> encoder = Causal(vocabulary_size=10, padding_index=0).eval()
    >>> def read(tokens): return {"input_ids": tokens, "attention_mask": torch.ones_like(tokens)}
    >>> ids = torch.tensor([[3, 1, 4, 1, 5]])
    >>> front, past = encoder.go_on(read(ids[:, :3]))
    >>> behind, _ = encoder.go_on(read(ids[:, 3:]), past)
    >>> whole = encoder(read(ids))
    >>> torch.allclose(whole, torch.cat((front, behind), 1), atol=1e-5)
    True
    """

    def __init__(
        self,
        vocabulary_size: Count,
        padding_index: CountFromZero,
        width: Count = 128,
        layers: Count = 4,
        heads: Count = 4,
        feedforward: Count = 512,
        dropout: BelowOne = 0.1,
        dense: bool = True,
    ) -> None:
        super().__init__()
        check_width(width, heads)
        self.vocabulary_size, self.padding_index = vocabulary_size, padding_index
        self.width, self.layers, self.heads = width, layers, heads
        self.feedforward, self.dropout, self.dense = feedforward, dropout, dense
        self.out_features = width
        self.embedding = nn.Embedding(vocabulary_size, width)
        nn.init.normal_(self.embedding.weight, std=SCALE)
        self.drop = nn.Dropout(dropout)
        self.stack = nn.ModuleList(
            _Layer(width, heads, feedforward, dropout) for _ in range(layers)
        )
        self.norm = nn.LayerNorm(width)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        place = torch.arange(ids.shape[1], device=ids.device)
        # Padding stands on the right: no token sees it, as all that is behind.
        states, _ = self._read(ids, place, seen=None, past=None)
        return states * mask[..., None] if self.dense else pool(states, mask, "mean")

    def go_on(self, inputs: dict[str, Tensor], past: Past | None = None) -> tuple[Tensor, Past]:
        ids, new = inputs["input_ids"], inputs["attention_mask"].bool()
        there = new if past is None else torch.cat((past.there, new), 1)
        place = (there.long().cumsum(1) - 1).clamp_min(0)[:, -ids.shape[1] :]
        number = torch.arange(there.shape[1], device=ids.device)
        own = number[-ids.shape[1] :, None]
        # Padding sees itself, as a softmax over nothing is NaN.
        seen = (there[:, None] & (number <= own)) | (number == own)
        states, kept = self._read(ids, place, seen[:, None], past)
        return states * new[..., None], Past(there, kept)

    def chosen(self, past: Past, rows: Tensor) -> Past:
        kept = [(keys[rows], values[rows]) for keys, values in past.layers]
        return Past(past.there[rows], kept)

    def output_layer(self) -> nn.Linear:
        layer = nn.Linear(self.width, self.vocabulary_size, bias=False, device="meta")
        layer.weight = self.embedding.weight
        return layer

    def token_vectors(self) -> Tensor:
        """The vector of each entry of the vocabulary, ``(V, width)``."""
        return self.embedding.weight.detach()

    def _read(
        self, ids: Tensor, place: Tensor, seen: Tensor | None, past: Past | None
    ) -> tuple[Tensor, list[Kept]]:
        x = self.drop(self.embedding(ids) + SCALE * sinusoids(place, self.width))
        before: list[Any] = [None] * self.layers if past is None else past.layers
        kept = []
        for layer, own in zip(self.stack, before, strict=True):
            x, now = layer(x, seen, own)
            kept.append(now)
        return self.norm(x), kept


class _Layer(nn.Module):
    """Causal attention, then a hidden layer, each behind a norm and beside a residual path."""

    def __init__(self, width: int, heads: int, feedforward: int, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = heads, dropout
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.joined, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, feedforward), nn.Linear(feedforward, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: Tensor, seen: Tensor | None, past: Kept | None) -> tuple[Tensor, Kept]:
        """States ``(r, T, width)``; ``seen (r, 1, T, all)``, None: what stands before a token."""
        split = self.joined(self.before(x)).unflatten(2, (3, self.heads, -1))
        query, key, value = split.permute(2, 0, 3, 1, 4)
        if past is not None:
            key, value = torch.cat((past[0], key), 2), torch.cat((past[1], value), 2)
        share = self.dropout if self.training else 0.0
        read = scaled_dot_product_attention(
            query, key, value, seen, dropout_p=share, is_causal=seen is None
        )
        x = x + self.drop(self.out(read.transpose(1, 2).flatten(2)))
        return x + self.drop(self.down(gelu(self.up(self.between(x))))), (key, value)
