"""Gated convolutions over the tokens of a text and their pairs, from scratch."""

from typing import Annotated

import torch
from torch import Tensor, nn
from torch.nn.functional import glu, pad

from lightning_contrast.config.ranges import BelowOne, Count, CountFromZero, Range
from lightning_contrast.encoders._pooling import pool
from lightning_contrast.encoders.encoder import Encoder
from lightning_contrast.errors import InputError

GOLDEN = 0x9E3779B1  # 2^32 / the golden ratio: pairs with near ids fall far apart


class GatedConvolution(Encoder):
    r"""Token and pair vectors, then residual layers of gated convolutions.

    .. math:: x \leftarrow x + \operatorname{dropout}((W * x) \odot \sigma(V * x))

    ``{input_ids, attention_mask} (r, T) -> features (r, width)``, the mean over the tokens; with
    ``dense`` ``(r, T, width)``. A token's vector is its own, that of the pair with the token before
    it and that of the pair with the one behind it; pairs are hashed into ``buckets`` vectors, which
    are 0 before training. Each layer is normalised before it, and reads ``kernel`` tokens, an odd
    number. Training hides a share ``hidden`` of the tokens and ``hidden_pairs`` of the pairs, so
    that a name is known by its parts and by what stands around it, too.

    Raises:
        InputError: an even kernel.

    Source: Dauphin et al. 2017, arXiv:1612.08083 (gated convolutions); Iyyer et al. 2015, "Deep
    Unordered Composition Rivals Syntactic Methods" (hidden tokens).

    >>> tokens = {"input_ids": torch.ones(2, 5).long(), "attention_mask": torch.ones(2, 5).long()}
    >>> GatedConvolution(vocabulary_size=10, padding_index=0, dense=True)(tokens).shape
    torch.Size([2, 5, 128])
    """

    modality = "text"

    def __init__(
        self,
        vocabulary_size: Count,
        padding_index: CountFromZero,
        width: Annotated[int, Range(least=2)] = 128,
        layers: Count = 4,
        kernel: Count = 3,
        buckets: CountFromZero = 65536,
        dropout: BelowOne = 0.2,
        hidden: BelowOne = 0.1,
        hidden_pairs: BelowOne = 0.3,
        dense: bool = False,
    ) -> None:
        super().__init__()
        if kernel % 2 == 0:
            raise InputError(
                f"encoder.kernel must be odd, so that a token stands in the middle, got {kernel}: "
                "set encoder.kernel=3"
            )
        self.vocabulary_size, self.padding_index = vocabulary_size, padding_index
        self.width, self.layers, self.kernel = width, layers, kernel
        self.buckets, self.dropout, self.dense = buckets, dropout, dense
        self.hidden, self.hidden_pairs = hidden, hidden_pairs
        self.out_features = width
        self.embedding = nn.Embedding(vocabulary_size, width, padding_idx=padding_index)
        self.pairs = nn.Embedding(buckets, width) if buckets else None
        self.drop = nn.Dropout(dropout)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(layers + 1))
        self.convolutions = nn.ModuleList(
            nn.Conv1d(width, 2 * width, kernel, padding=kernel // 2) for _ in range(layers)
        )
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        if self.pairs is not None:  # a pair that training does not have says nothing
            nn.init.zeros_(self.pairs.weight)
        with torch.no_grad():
            self.embedding.weight[padding_index].zero_()

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        there = mask[..., None].to(self.embedding.weight.dtype)
        if self.training and self.hidden:
            ids = ids.masked_fill(_drawn(ids, self.hidden), self.padding_index)
        x = self.embedding(ids)
        if self.pairs is not None:
            # Column j holds the pair of tokens j - 1 and j: T + 1 pairs of T tokens.
            joined = pad(ids * mask, (1, 1))
            pair = (joined[:, :-1] * self.vocabulary_size + joined[:, 1:]) * GOLDEN // 4096
            vector = self.pairs(pair % self.buckets)
            if self.training and self.hidden_pairs:
                vector = vector.masked_fill(_drawn(pair, self.hidden_pairs)[..., None], 0)
            x = x + vector[:, :-1] + vector[:, 1:]
        x = self.drop(x) * there
        for norm, convolution in zip(self.norms, self.convolutions, strict=False):
            seen = (norm(x) * there).transpose(1, 2)
            x = x + self.drop(glu(convolution(seen).transpose(1, 2), dim=2)) * there
        x = self.norms[-1](x) * there
        return x if self.dense else pool(x, mask, "mean")

    def token_vectors(self) -> Tensor:
        """The vector of each entry of the vocabulary, ``(V, width)``."""
        return self.embedding.weight.detach()


def _drawn(like: Tensor, share: float) -> Tensor:
    """Such a share of the places, at random."""
    return torch.rand(like.shape, device=like.device) < share
