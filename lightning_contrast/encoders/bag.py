"""A weighted bag of words and n-grams: the fast encoder from scratch."""

import torch
from torch import Tensor, nn
from torch.nn.functional import embedding_bag

from lightning_contrast.config.ranges import BelowOne, Count, CountFromZero, Positive
from lightning_contrast.encoders.encoder import Encoder

GOLDEN = 0x9E3779B97F4A7C15 - (1 << 64)  # 2^64 / the golden ratio, as a signed number
FREQUENT = 50  # words at about this rank stand in every other text


class Bag(Encoder):
    """The sum of a row's term vectors, each with its weight; terms are words, or n-grams too.

    ``features = dropout(sum_t w_t e_t / |w|)``, ``w_t = sublinear(count_t) * exp(gate_t)``, over
    the terms t of the row; ``{input_ids, attention_mask} (r, T) -> (r, width)``. ``gate`` is
    learnt; it starts from the inverse document frequency that Zipf's law gives a vocabulary sorted
    by frequency, as ours is. N-grams are hashed into ``buckets`` shared vectors; ``ngrams=1`` has
    none, None takes pairs where texts are ``spaceless`` (there a word is a few tokens).
    ``sublinear``: a term that stands there c times counts ``1 + log c``. Raises
    ``InputError`` for sizes below 1.

    Source: Joulin et al. 2017, arXiv:1607.01759 (bags of hashed n-grams).

    >>> tokens = {"input_ids": torch.tensor([[2, 3]]), "attention_mask": torch.ones(1, 2).long()}
    >>> Bag(vocabulary_size=10, padding_index=0)(tokens).shape
    torch.Size([1, 64])
    """

    modality = "text"
    inputs_can_move = False  # an `EmbeddingBag` sums the vectors as it looks them up

    def __init__(
        self,
        vocabulary_size: Count,
        padding_index: CountFromZero,
        width: Count = 64,
        ngrams: Count | None = None,
        buckets: Count = 65536,
        sublinear: bool = True,
        dropout: BelowOne = 0.2,
        std: Positive = 0.02,
        spaceless: bool = False,
    ) -> None:
        super().__init__()
        self.vocabulary_size = vocabulary_size
        self.padding_index = padding_index
        self.width = width
        self.ngrams, self.spaceless = ngrams, spaceless
        self.longest = ngrams or (2 if spaceless else 1)
        self.sees_order = self.longest > 1
        self.buckets = buckets
        self.sublinear = sublinear
        self.dropout = dropout
        self.std = std
        self.out_features = width
        terms = vocabulary_size + (buckets if self.longest > 1 else 0)
        self.embedding = nn.Parameter(torch.randn(terms, width) * std)
        rank = torch.arange(terms).clamp(max=vocabulary_size - 1)
        self.gate = nn.Parameter(torch.log1p(rank / FREQUENT).clamp(min=1e-2).log())
        self.drop = nn.Dropout(dropout)

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        term, present = self.terms(inputs["input_ids"], inputs["attention_mask"].bool())
        count = occurrences(term)
        each = ((1 + count.log()) / count if self.sublinear else torch.ones_like(count)) * present
        weight = each * self.gate[term].exp()
        # A term stands here once for every occurrence: w_t ** 2 is spread over count of them.
        length = (weight.square() * count).sum(dim=1, keepdim=True).clamp(min=1e-12).sqrt()
        return self.drop(self.weighted_sum(term, weight / length))

    def weighted_sum(self, term: Tensor, weight: Tensor) -> Tensor:
        """``sum_t w_t e_t`` of each row, ``(r, width)``."""
        if torch.compiler.is_exporting():  # embedding_bag would fix the number of rows
            return torch.bmm(weight[:, None], self.embedding[term])[:, 0]
        return embedding_bag(term, self.embedding, mode="sum", per_sample_weights=weight)

    def token_vectors(self) -> Tensor:
        """The vector of each entry of the vocabulary, ``(V, width)``."""
        return self.embedding.detach()[: self.vocabulary_size]

    def terms(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Words and hashed n-grams ``(r, terms)``, and which of them are there."""
        terms, present = [ids], [mask]
        code, whole = ids, mask
        for order in range(2, self.longest + 1):
            code = scramble(code[:, :-1]) + ids[:, order - 1 :]
            whole = whole[:, :-1] & mask[:, order - 1 :]
            bucket = (scramble(code) & 0x7FFFFFFF) % self.buckets
            terms.append(self.vocabulary_size + bucket)
            present.append(whole)
        term, there = torch.cat(terms, dim=1), torch.cat(present, dim=1)
        return term.masked_fill(~there, self.padding_index), there


def scramble(code: Tensor) -> Tensor:
    """An even hash of int64 codes (products wrap): neighbours do not stay neighbours."""
    code = code * GOLDEN
    return (code ^ (code >> 32)) * GOLDEN >> 20


def occurrences(term: Tensor) -> Tensor:
    """How often each entry of ``term (r, t)`` stands in its row, as floats.

    >>> occurrences(torch.tensor([[4, 9, 4]])).tolist()
    [[2.0, 1.0, 2.0]]
    """
    ordered, place = term.sort(dim=1)
    first = torch.ones_like(ordered)
    first[:, 1:] = (ordered[:, 1:] != ordered[:, :-1]).long()
    run = first.cumsum(dim=1) - 1
    size = torch.zeros(term.shape, device=term.device)
    size.scatter_add_(1, run, torch.ones_like(size))
    return torch.empty_like(size).scatter_(1, place, size.gather(1, run))
