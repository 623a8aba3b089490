"""Texts to token ids: a vocabulary trained on the training split, or a pretrained model's own."""

import json as json_module
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.data.collate import FlatTokens, pad
from lightning_contrast.data.pieces import PADDING, SAMPLE, UNKNOWN, learnt_pipeline
from lightning_contrast.errors import InputError, on_one_line
from lightning_contrast.files.hub import asked_once
from lightning_contrast.files.pretrained import locate
from lightning_contrast.types import Inputs


class Tokenizer:
    """Turns texts into token ids with a ``tokenizers`` pipeline kept as its JSON text.

    The JSON and ``max_length`` (tokens kept of a text) are all its state: a checkpoint stores both.

    >>> tokenizer = Tokenizer.train(["a cat sat", "a cat ran"], vocabulary_size=10)
    >>> tokenizer.batch(["a cat", "a"])["attention_mask"].tolist()
    [[1, 1], [1, 0]]
    """

    modality = "text"

    def __init__(self, json: str, max_length: int = 512) -> None:
        from tokenizers import Tokenizer as Pipeline

        if max_length < 1:
            raise InputError(f"max_length must be at least 1, got {max_length}: set it to 512")
        self.json = json
        self.max_length = max_length
        self._pipeline = Pipeline.from_str(json)
        special = self._pipeline.num_special_tokens_to_add(is_pair=False)
        if special >= max_length:
            raise InputError(
                f"max_length must exceed the {special} special tokens this tokenizer adds, "
                f"got {max_length}: set it to 512"
            )
        self._pipeline.no_padding()
        self._pipeline.enable_truncation(max_length)
        stored = json_module.loads(json)
        self.vocabulary_size: int = self._pipeline.get_vocab_size()
        self.padding_index: int = self._first_of((stored.get("padding") or {}).get("pad_token"))
        unknown = stored["model"].get("unk_token")
        self.unknown_index: int = self._first_of(
            unknown if isinstance(unknown, str) else None, UNKNOWN
        )

    def _first_of(self, *names: str | None) -> int:
        known = (*names, PADDING, "<pad>", "<|endoftext|>", "</s>")
        found = (self._pipeline.token_to_id(name) for name in known if name)
        return next((index for index in found if index is not None), 0)

    def encode(self, texts: Sequence[str]) -> FlatTokens:
        """All ``texts`` in one flat buffer; a text without any token is one unknown token."""
        sizes, parts = [0], [np.zeros(0, dtype=np.int32)]
        for begin in range(0, len(texts), SAMPLE):  # what the pipeline returns is large
            found = self._pipeline.encode_batch_fast(list(texts[begin : begin + SAMPLE]))
            rows = [encoding.ids or [self.unknown_index] for encoding in found]
            sizes += map(len, rows)
            parts.append(np.fromiter(chain.from_iterable(rows), dtype=np.int32))
        ids, offsets = np.concatenate(parts), np.cumsum(sizes, dtype=np.int64)
        return FlatTokens(torch.from_numpy(ids), torch.from_numpy(offsets), self.padding_index)

    def borders(self, texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Of the tokens that ``encode`` gives: first character, the one behind the last (equal for
        a token that was added), each ``(M,)``; and the number of tokens of each text."""
        starts, stops, counts = [], [], []
        for begin in range(0, len(texts), SAMPLE):
            for found in self._pipeline.encode_batch(list(texts[begin : begin + SAMPLE])):
                borders = found.offsets or [(0, 0)]
                counts.append(len(borders))
                starts += [start for start, _ in borders]
                stops += [stop for _, stop in borders]
        return np.array(starts), np.array(stops), np.array(counts, dtype=np.int64)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """Number of tokens of each text, without the limit of ``max_length``."""
        self._pipeline.no_truncation()
        try:
            return [len(found.ids) for found in self._pipeline.encode_batch_fast(list(texts))]
        finally:
            self._pipeline.enable_truncation(self.max_length)

    def unknown(self, inputs: dict[str, Tensor]) -> tuple[int, int, int, int]:
        """Counts in a token dict: unknown tokens, tokens, texts without a known token, texts."""
        there = inputs["attention_mask"].bool()
        strange = there & (inputs["input_ids"] == self.unknown_index)
        empty = (strange == there).all(1)
        return int(strange.sum()), int(there.sum()), int(empty.sum()), len(there)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of these tokens, without those that a tokenizer adds.

        >>> tokenizer = Tokenizer.train(["Zwölf Sätze"], "byte_bpe", vocabulary_size=300)
        >>> tokenizer.decode(tokenizer.batch(["zwölf Sätze"])["input_ids"][0].tolist())
        'zwölf Sätze'
        """
        return self._pipeline.decode(list(ids))

    def batch(self, texts: Sequence[str]) -> dict[str, Tensor]:
        """``texts`` as one padded token dict, ``(r, T)`` each."""
        return pad(self.encode(texts), torch.arange(len(texts)))

    def __call__(self, inputs: Inputs) -> Inputs:
        """The inputs unchanged: token ids need no step on the device."""
        return inputs

    def refuse(self, raw: Any, first_row: int = 0) -> None:
        """Raises ``InputError`` unless ``raw`` is a sequence of texts, none of them empty.

        >>> Tokenizer.train(["a"]).refuse(["a", " "])
        Traceback (most recent call last):
        lightning_contrast.errors.InputError: row 1 is not a text but ' ': remove or fill it
        """
        if isinstance(raw, str):
            raise InputError("expected a list of texts, got one string: put it in brackets")
        if not len(raw):
            raise InputError("got no texts: give at least one")
        for row, text in enumerate(raw, first_row):
            if not isinstance(text, str) or not text.strip():
                raise InputError(
                    f"row {row} is not a text but {on_one_line(repr(text))[:60]}: remove or fill it"
                )

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        kind: str = "word",
        vocabulary_size: int = 30000,
        max_length: int = 512,
    ) -> "Tokenizer":
        """The tokenizer of a vocabulary that is learnt from ``texts``: see ``data.pieces``."""
        return cls(learnt_pipeline(texts, kind, vocabulary_size), max_length)

    @classmethod
    def pretrained(cls, name_or_path: str, max_length: int = 256) -> "Tokenizer":
        """The tokenizer of a pretrained model: a folder, an installed package or a hub name.

        Raises ``InputError`` if there is none.
        """
        from tokenizers import Tokenizer as Pipeline

        file = Path(locate(name_or_path), "tokenizer.json")
        if file.is_file():
            return cls(file.read_text(encoding="utf-8"), max_length)
        try:
            with asked_once(name_or_path):
                return cls(Pipeline.from_pretrained(name_or_path).to_str(), max_length)
        except InputError:
            raise
        except Exception as error:
            raise InputError(
                f"no tokenizer.json for {name_or_path!r}: it is neither a folder with one, nor an "
                "installed package that ships one, nor on the Hugging Face hub as seen from here: "
                "set datamodule.tokenizer to a model that ships the same one"
            ) from error

    def __reduce__(self) -> tuple[type, tuple[str, int]]:
        return type(self), (self.json, self.max_length)
