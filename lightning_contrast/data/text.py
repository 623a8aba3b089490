"""Texts as token ids."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar, cast

import numpy as np

from lightning_contrast.data.collate import pad
from lightning_contrast.data.datamodule import ContrastiveDataModule, Factory
from lightning_contrast.data.prepare import Splits
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.negatives.in_batch import InBatchNegatives
from lightning_contrast.positives.view import ViewPositives
from lightning_contrast.samplers.shuffled import ShuffledSampler
from lightning_contrast.sources.splittable import Source
from lightning_contrast.types import Inputs


class TextDataModule(ContrastiveDataModule):
    """Batches of token dicts; all token ids live in one flat buffer, each batch is padded.

    ``tokenizer``: a ``Tokenizer``; or ``word`` or ``bpe``, trained on the training split with at
    most ``max_vocabulary`` entries; or the name or path of a pretrained model, whose tokenizer is
    taken. ``max_length``: tokens kept of a text. After ``setup``, ``tokenizer`` is the
    ``Tokenizer``, with ``vocabulary_size`` and ``padding_index`` beside it. The other arguments are
    those of ``ContrastiveDataModule``.
    """

    modality: ClassVar[str] = "text"
    vocabulary_size: int
    padding_index: int

    def __init__(
        self,
        source: Source,
        sampler: Factory = ShuffledSampler,
        positives: Factory = ViewPositives,
        negatives: Factory = InBatchNegatives,
        view: Callable[[Inputs], Inputs] | None = None,
        batch_size: int = 64,
        eval_batch_size: int = 256,
        num_workers: int = 0,
        seed: int = 0,
        tokenizer: Tokenizer | str = "word",
        max_vocabulary: int = 30000,
        max_length: int = 512,
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
        )
        self.tokenizer = tokenizer
        self.max_vocabulary, self.max_length = max_vocabulary, max_length

    def read(self, splits: Splits) -> Callable[[np.ndarray], Inputs]:
        texts = cast(Sequence[str], splits.labelled.raw)
        if self.preprocess is not None:  # of a trained classifier
            self.tokenizer = self.preprocess
        if self.preprocess is not None:
            self.tokenizer = self.preprocess
        if isinstance(self.tokenizer, str):
            self.tokenizer = self._make_tokenizer(
                self.tokenizer, [texts[row] for row in splits.train.tolist()]
            )
        self.preprocess = self.tokenizer
        self.vocabulary_size = self.tokenizer.vocabulary_size
        self.padding_index = self.tokenizer.padding_index
        self.derived = {
            "vocabulary_size": self.vocabulary_size,
            "padding_index": self.padding_index,
        }
        return partial(pad, self.tokenizer.encode(texts))

    def _make_tokenizer(self, name: str, training_texts: list[str]) -> Tokenizer:
        if name in ("word", "bpe"):
            return Tokenizer.train(training_texts, name, self.max_vocabulary, self.max_length)
        return Tokenizer.pretrained(name, self.max_length)
