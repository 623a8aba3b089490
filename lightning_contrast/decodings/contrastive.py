"""Contrastive search: a probable token that is unlike those before it."""

import torch
from torch import Tensor

from lightning_contrast.batch import normalized
from lightning_contrast.config.ranges import Count, Share
from lightning_contrast.decodings.decoding import Decoding, TextsSoFar


class Contrastive(Decoding):
    r"""Of the ``k`` most probable tokens the one with the best score.

    .. math:: (1 - \alpha)\, p(v \mid x_{<t}) - \alpha \max_{j < t} \cos(h_v, h_{x_j})

    ``h`` are the features that the encoder gives for a token at its place. The ``k`` tokens are
    read in one pass, and what was kept of the chosen one is gone on with.

    Args:
        penalty: ``α`` from 0 to 1; 0 is greedy.
        k: tokens that are tried; 1 is greedy.

    Source: Su et al. 2022 (arXiv 2202.06417), equation 4, with α = 0.6 and k of 4 to 8. Features of
    a model that was not trained for it may lie so close that the penalty hardly tells them apart.

    >>> Contrastive()
    Contrastive(penalty=0.6, k=5)
    """

    def __init__(self, penalty: Share = 0.6, k: Count = 5) -> None:
        self.penalty, self.k = penalty, k

    def __call__(self, walk: TextsSoFar, random: torch.Generator) -> Tensor:
        probability = walk.logits.softmax(1)
        top = probability.topk(min(self.k, probability.shape[1]), dim=1)
        tried, before = normalized(walk.ahead(top.indices)), normalized(walk.features)
        cosine = tried @ before.transpose(1, 2)  # (n, k, T)
        nearest = cosine.masked_fill(~walk.there[:, None], -1).amax(2)
        score = (1 - self.penalty) * top.values - self.penalty * nearest
        return top.indices.gather(1, score.argmax(1, keepdim=True))[:, 0]
