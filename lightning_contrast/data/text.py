"""The data module of texts, as token ids."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar, cast

import numpy as np

from lightning_contrast.config.arguments import checked
from lightning_contrast.config.ranges import Count, CountFromZero, Range, Seed
from lightning_contrast.data.collate import pad
from lightning_contrast.data.datamodule import ContrastiveDataModule, Factory
from lightning_contrast.data.dataset import Writer
from lightning_contrast.data.next_tokens import NextTokens
from lightning_contrast.data.pieces import KINDS, SAMPLE
from lightning_contrast.data.prepare import Splits
from lightning_contrast.data.tags import Tags
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.data.unseen import unseen
from lightning_contrast.distributions.distribution import Distribution
from lightning_contrast.modalities.text import texts_of
from lightning_contrast.negatives.in_batch import InBatchNegatives
from lightning_contrast.positives.view import ViewPositives
from lightning_contrast.rows.content import mostly_signs
from lightning_contrast.rows.disk_texts import DiskTexts
from lightning_contrast.rows.partners import partners_of
from lightning_contrast.rows.vocabulary import Vocabulary
from lightning_contrast.samplers.shuffled import ShuffledSampler
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Inputs
from lightning_contrast.views.view import View


class TextDataModule(ContrastiveDataModule):
    """Batches of token dicts. All token ids are in one flat buffer, and each batch is padded.

    Texts that stay on disk (``source.stream``) are tokenised batch by batch, best by workers.

    ``tokenizer``: a ``Tokenizer``; or ``word``, ``bpe``, ``byte_bpe`` or ``char``, trained on the
    training split with at most ``max_vocabulary`` entries; or the name or path of a pretrained
    model, whose tokenizer is taken. ``max_length``: tokens kept of a text. ``next_token``: the
    label of each place is the token that follows, as ``head=next_token`` learns it.

    After ``setup``, ``tokenizer`` is the ``Tokenizer``, with ``vocabulary_size`` and
    ``padding_index`` beside it; a view with ``prepare`` has seen its ``Vocabulary``.
    The other arguments are those of ``ContrastiveDataModule``.
    """

    modality: ClassVar[str] = "text"
    most_epochs: ClassVar[int] = 10
    enough_rows: ClassVar[int] = 30_000  # a bag of words learns more by heart than by further ones
    vocabulary_size: int
    padding_index: int
    _lengths: np.ndarray | None = None  # tokens of each row of the source

    @checked
    def __init__(
        self,
        source: Source,
        sampler: Factory = ShuffledSampler,
        positives: Factory = ViewPositives,
        negatives: Factory = InBatchNegatives,
        view: View | None = None,
        batch_size: Count = 64,
        eval_batch_size: Count = 256,
        num_workers: CountFromZero = 0,
        seed: Seed = 0,
        tokenizer: Tokenizer | str = "word",
        max_vocabulary: Annotated[int, Range(least=3)] = 30000,
        max_length: Count = 512,
        distribution: Distribution | None = None,
        next_token: bool = False,
    ) -> None:
        super().__init__(
            source,
            sampler,
            positives,
            negatives,
            view,
            batch_size,
            eval_batch_size,
            num_workers,
            seed,
            distribution,
        )
        self.tokenizer = tokenizer
        self.max_vocabulary, self.max_length = max_vocabulary, max_length
        self.next_token = next_token

    def read(self, splits: Splits) -> Callable[[np.ndarray], Inputs]:
        texts = cast(Sequence[str], splits.labelled.raw)
        if self.preprocess is not None:  # of a trained classifier
            self.tokenizer = self.preprocess
        if isinstance(self.tokenizer, str):
            partners = partners_of(splits.labelled, splits.train, extra=True)
            rows = splits.train if partners is None else np.union1d(splits.train, partners.row)
            self.tokenizer = self._make_tokenizer(self.tokenizer, texts_of(texts, rows))
        self.preprocess = self.tokenizer
        self.vocabulary_size = self.tokenizer.vocabulary_size
        self.padding_index = self.tokenizer.padding_index
        if self.view.needs_vocabulary:
            self.view.prepare(Vocabulary(self.tokenizer.json))
        self.derived = {
            "vocabulary_size": self.vocabulary_size,
            "padding_index": self.padding_index,
            "spaceless": mostly_signs(texts_of(texts, splits.train[:SAMPLE])),
        }
        if isinstance(texts, DiskTexts):
            if self.next_token:
                self.places = partial(_next_tokens, self.tokenizer, texts)
            return partial(_encode, self.tokenizer, texts)
        tokens = self.tokenizer.encode(texts)
        if self.next_token:
            self.places = NextTokens(tokens, self.tokenizer.max_length)
        elif (spans := splits.labelled.spans) is not None:
            self.places = tags = Tags(self.tokenizer, texts, spans, splits.labelled.classes)
            self.unseen |= dict(tags.told(len(spans.row)))
        self.unseen |= unseen(self.tokenizer, tokens, texts)
        self._lengths = tokens.offsets.diff().numpy()
        return partial(pad, tokens)

    def characters(self, row: int) -> tuple[np.ndarray, np.ndarray]:
        assert isinstance(self.places, Tags)
        return self.places.characters(row)

    def renumber(self, number: np.ndarray) -> None:
        if isinstance(self.places, Tags):
            self.places.renumber(number)

    def facts(self, rows: np.ndarray) -> dict[str, Any]:
        texts = cast(Sequence[str], self._ready().labelled.raw)
        lengths = None if self._lengths is None else self._lengths[rows]
        return {"texts": lambda: list(texts_of(texts, rows)), "lengths": lengths}

    def writer(self) -> Writer:
        return partial(written, cast(Tokenizer, self.preprocess), self._ready().labelled.raw)

    def _make_tokenizer(self, name: str, training_texts: Iterable[str]) -> Tokenizer:
        if name in KINDS:
            return Tokenizer.train(training_texts, name, self.max_vocabulary, self.max_length)
        return Tokenizer.pretrained(name, self.max_length)


def written(
    tokenizer: Tokenizer, texts: Any, rows: np.ndarray, change: Callable[[str], str]
) -> tuple[Inputs, np.ndarray]:
    """The tokens of texts that are changed, and which differ from what they were."""
    before = list(texts_of(texts, rows))
    after = [change(text) for text in before]
    new = np.array([old != own for old, own in zip(before, after, strict=True)], dtype=bool)
    return tokenizer.batch(after), new


def _encode(tokenizer: Tokenizer, texts: DiskTexts, index: np.ndarray) -> Inputs:
    return tokenizer.batch(texts.take(index))


def _next_tokens(tokenizer: Tokenizer, texts: DiskTexts, index: np.ndarray) -> np.ndarray:
    tokens = tokenizer.encode(texts.take(index))
    return NextTokens(tokens, tokenizer.max_length)(np.arange(len(index)))
