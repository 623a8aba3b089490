"""Texts that a network goes on with, token by token."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor


class Walk:
    """Texts so far, each token of which was read once.

    ``features (n, T, f)`` of all tokens, ``there (n, T)``: False for the padding on the left.

    Args:
        network: its encoder is causal, its head says which token follows.
        inputs: a token dict ``(n, T)``, padding on either side.
    """

    def __init__(self, network: Any, inputs: dict[str, Tensor]) -> None:
        self.encoder, self.head = network.encoder, network.head
        inputs = padded_left(inputs)
        self.there = inputs["attention_mask"].bool()
        self.features, self._past = self.encoder.go_on(inputs)
        self._tried: tuple[Tensor, Tensor, Any] | None = None

    @property
    def logits(self) -> Tensor:
        """Of the next token, ``(n, V)``."""
        return self.head.next_logits(self.features[:, -1])

    def ahead(self, candidates: Tensor) -> Tensor:
        """Features ``(n, k, f)`` of candidates ``(n, k)`` for the next token."""
        n, k = candidates.shape
        past = self.encoder.chosen(self._past, self._numbers(n).repeat_interleave(k))
        features, past = self._read(candidates.flatten(), past)
        features = features[:, 0].unflatten(0, (n, k))
        self._tried = candidates, features, past
        return features

    def take(self, token: Tensor) -> None:
        """Goes on with a token of each text, ``(n,)``; one that was tried is not read again."""
        if self._tried is None:
            new, self._past = self._read(token, self._past)
        else:
            candidates, features, past = self._tried
            place = (candidates == token[:, None]).int().argmax(1)
            number = self._numbers(len(token))
            self._past = self.encoder.chosen(past, number * candidates.shape[1] + place)
            new, self._tried = features[number, place][:, None], None
        self.features = torch.cat((self.features, new), 1)
        self.there = torch.cat((self.there, self.there.new_ones(len(token), 1)), 1)

    def _read(self, token: Tensor, past: Any) -> tuple[Tensor, Any]:
        ids = token[:, None]
        return self.encoder.go_on({"input_ids": ids, "attention_mask": torch.ones_like(ids)}, past)

    def _numbers(self, count: int) -> Tensor:
        return torch.arange(count, device=self.there.device)


@torch.inference_mode()
def steps(
    network: Any, inputs: dict[str, Tensor], decoding: Any, tokens: int, seed: int = 0
) -> Iterator[Tensor]:
    """The next tokens of texts, ``(n,)`` at a time on the CPU, at most so many.

    A text that has ended goes on with its end, the padding index; no more is made when all have.
    """
    network.eval()
    random, end = torch.Generator().manual_seed(seed), network.preprocess.padding_index
    walk = Walk(network, {name: rows.to(network.device) for name, rows in inputs.items()})
    ended = walk.there.new_zeros(len(walk.there))
    token: Tensor | None = None
    for _ in range(tokens):
        if token is not None:
            walk.take(token)
        token = decoding(walk, random).masked_fill(ended, end)
        ended = ended | (token == end)
        yield token.cpu()
        if ended.all():
            return


def padded_left(inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """A token dict with its padding on the left.

    >>> ids, mask = torch.tensor([[5, 6, 0]]), torch.tensor([[1, 1, 0]])
    >>> padded_left({"input_ids": ids, "attention_mask": mask})["input_ids"].tolist()
    [[0, 5, 6]]
    """
    order = inputs["attention_mask"].argsort(dim=1, stable=True)
    return {name: rows.gather(1, order) for name, rows in inputs.items()}
