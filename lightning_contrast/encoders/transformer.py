"""A small transformer trained from scratch."""

import math

import torch
from torch import Tensor, nn

from lightning_contrast.config.ranges import BelowOne, Count, CountFromZero
from lightning_contrast.encoders._attention import check_width, sinusoids
from lightning_contrast.encoders._pooling import pool
from lightning_contrast.encoders.encoder import Encoder


class Transformer(Encoder):
    """Token embedding + sinusoidal positions, pre-norm layers, mean over the tokens.

    ``{input_ids, attention_mask} (r, T) -> features (r, width)``, for any T; with ``dense``, which
    leaves out the mean, ``(r, T, width)``. Raises ``InputError``
    where ``heads`` does not divide ``width``, or the width is odd. Source: Vaswani et al. 2017,
    arXiv:1706.03762.

    >>> tokens = {"input_ids": torch.ones(2, 5).long(), "attention_mask": torch.ones(2, 5).long()}
    >>> Transformer(vocabulary_size=10, padding_index=0)(tokens).shape
    torch.Size([2, 128])
    """

    modality = "text"

    def __init__(
        self,
        vocabulary_size: Count,
        padding_index: CountFromZero,
        width: Count = 128,
        layers: Count = 2,
        heads: Count = 4,
        feedforward: Count = 256,
        dropout: BelowOne = 0.1,
        dense: bool = False,
    ) -> None:
        super().__init__()
        check_width(width, heads)
        self.vocabulary_size, self.padding_index = vocabulary_size, padding_index
        self.width, self.layers, self.heads = width, layers, heads
        self.feedforward, self.dropout, self.dense = feedforward, dropout, dense
        self.out_features = width
        self.embedding = nn.Embedding(vocabulary_size, width, padding_idx=padding_index)
        self.drop = nn.Dropout(dropout)
        layer = nn.TransformerEncoderLayer(
            width, heads, feedforward, dropout, activation="gelu", batch_first=True, norm_first=True
        )
        self.stack = nn.TransformerEncoder(
            layer, layers, nn.LayerNorm(width), enable_nested_tensor=False
        )
        nn.init.normal_(self.embedding.weight, std=width**-0.5)
        with torch.no_grad():
            self.embedding.weight[padding_index].zero_()

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        ids, mask = inputs["input_ids"], inputs["attention_mask"].bool()
        place = torch.arange(ids.shape[1], device=ids.device)
        x = self.embedding(ids) * math.sqrt(self.width) + sinusoids(place, self.width)
        # An all-masked row would make NaN of its softmax: it attends to its first cell instead.
        seen = mask.clone()
        seen[:, :1] |= ~mask.any(dim=1, keepdim=True)
        states = self.stack(self.drop(x), src_key_padding_mask=~seen)
        return states * mask[..., None] if self.dense else pool(states, mask, "mean")

    def token_vectors(self) -> Tensor:
        """The vector of each entry of the vocabulary, ``(V, width)``."""
        return self.embedding.weight.detach()
