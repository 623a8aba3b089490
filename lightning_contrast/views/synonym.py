"""A view that puts similar words in place of words, as the encoder itself sees them."""

from typing import Annotated, Any

import torch
from torch import Tensor
from torch.nn.functional import normalize

from lightning_contrast.config.ranges import Cosine, Count, CountFromZero, Range, Share
from lightning_contrast.errors import InputError
from lightning_contrast.rows.vocabulary import Vocabulary
from lightning_contrast.views.text import Tokens
from lightning_contrast.views.view import View

CHUNK = 1024  # words compared with all others at a time


class Synonym(View):
    """Replaces words by neighbours in the encoder's own token embedding; shape ``(r, T)`` stays.

    Each word goes with ``probability``, for one of its ``neighbours`` nearest words by cosine, if
    that is ``similarity`` or more. The ``words`` most frequent words (lowest ids) take part;
    special tokens, punctuation and words of several pieces stay. The table of neighbours is made
    before epoch ``first_epoch`` and every ``refresh_every`` epochs from there; until then nothing
    changes: the vectors of an encoder from scratch mean nothing yet (pretrained:
    ``first_epoch=0``).

    Raises ``InputError`` for values out of range, and in use for an encoder without
    ``token_vectors`` or without ``prepare`` before. Source: Wang and Yang 2015 (EMNLP, "That's so
    annoying!!!"), with the vectors that are being trained in place of word2vec.

    >>> Synonym(neighbours=0)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: view.neighbours must be at least 1, got 0: set ...
    """

    modality = "text"
    needs_vocabulary = True
    follows_encoder = True
    table: Tensor
    word: Tensor
    continues: Tensor

    def __init__(
        self,
        probability: Share = 0.1,
        neighbours: Count = 5,
        similarity: Cosine = 0.5,
        words: Annotated[int, Range(least=2)] = 10000,
        first_epoch: CountFromZero = 1,
        refresh_every: Count = 3,
    ) -> None:
        super().__init__()
        self.probability, self.neighbours, self.similarity = probability, neighbours, similarity
        self.words, self.first_epoch, self.refresh_every = words, first_epoch, refresh_every

    def prepare(self, vocabulary: Vocabulary) -> None:
        """Each token is its own neighbour until ``follow`` knows better."""
        own = torch.arange(len(vocabulary), dtype=torch.int32)
        self.register_buffer("table", own[:, None].repeat(1, self.neighbours))
        self.register_buffer("word", vocabulary.word, persistent=False)
        self.register_buffer("continues", vocabulary.continues, persistent=False)

    def follow(self, encoder: Any, epoch: int) -> None:
        """Makes the table anew from the encoder as it is, if it is due before this epoch."""
        vectors = encoder.token_vectors()
        if vectors is None:
            raise InputError(
                f"view Synonym needs an encoder with token_vectors, and {type(encoder).__name__} "
                "has none: set view=word_swap, or encoder=bag, transformer or pretrained"
            )
        since = epoch - self.first_epoch
        if since >= 0 and since % self.refresh_every == 0:
            who = self.word.nonzero()[: self.words, 0]
            vectors = vectors.to(who.device)
            self.table[who] = nearest(vectors[who], who, self.neighbours, self.similarity).int()

    def forward(self, inputs: Tokens) -> Tokens:
        if not hasattr(self, "table"):
            raise InputError("view Synonym knows no vocabulary: call its prepare(Vocabulary(json))")
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        if not mask.numel():
            return inputs
        token = ids.long()
        goes_on = torch.zeros_like(mask, dtype=torch.bool)
        goes_on[:, :-1] = self.continues[token[:, 1:]]
        chance = torch.rand(mask.shape, device=mask.device)
        chosen = self.word[token] & mask.bool() & ~goes_on & (chance < self.probability)
        which = torch.randint(self.neighbours, mask.shape, device=mask.device)
        similar = self.table.flatten()[token * self.neighbours + which].to(ids.dtype)
        return {**inputs, "input_ids": torch.where(chosen, similar, ids)}


@torch.no_grad()
def nearest(vectors: Tensor, who: Tensor, count: int, similarity: float) -> Tensor:
    """The ids ``(w, count)`` of the words nearest to each; its own where there is none so near.

    ``vectors (w, f)`` belong to the ids ``who (w,)``. Blocks of rows: no ``w x w`` matrix exists.

    >>> nearest(torch.eye(2)[[0, 1, 0]], torch.tensor([5, 6, 7]), 1, 0.5).tolist()
    [[7], [6], [5]]
    """
    found = who[:, None].repeat(1, count)
    unit = normalize(vectors.float(), dim=1)
    near = min(count, len(who) - 1)
    if near < 1:
        return found
    for start in range(0, len(who), CHUNK):
        rows = slice(start, start + CHUNK)
        cosine = unit[rows] @ unit.T
        cosine.diagonal(start).fill_(-2.0)
        best = cosine.topk(near, dim=1)
        own = found[rows, :near]
        found[rows, :near] = torch.where(best.values >= similarity, who[best.indices], own)
    return found
