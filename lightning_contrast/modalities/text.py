"""Texts: a source holds a sequence of them."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lightning_contrast.modalities.modality import Plain

if TYPE_CHECKING:
    from lightning_contrast.files.row import Row
    from lightning_contrast.files.tables import Reading
    from lightning_contrast.types import Inputs


TOKENIZER = "tokenizer.json"


class TextModality:
    """Rows that are texts; ``Modality`` says what each method gives.

    >>> TextModality().take(["a", "b", "c"], np.array([2, 0]))
    ['c', 'a']
    """

    name = "text"
    reads_texts = True
    parts: tuple[str, ...] = ()

    def take(self, raw: Sequence[str], rows: np.ndarray) -> list[str]:
        return list(texts_of(raw, rows))

    def inputs(self, raw: Sequence[str], rows: np.ndarray, preprocess: Any) -> "Inputs":
        return preprocess.batch(self.take(raw, rows))

    def images(self, raw: Sequence[str]) -> None:
        return None

    def show(self, raw: Sequence[str], row: int, limit: int = 280) -> str:
        text = " ".join(raw[row].split())
        return text if len(text) <= limit else text[: limit - 1] + "…"

    def reads(self, preprocess: Any, encoder: Any) -> str:
        most = min(getattr(encoder, "context", preprocess.max_length), preprocess.max_length)
        return f"Of a text it reads the first {most} tokens."

    def image_readers(self, preprocess: Any) -> list[Any]:
        return []

    def exported(self, preprocess: Any) -> tuple[dict[str, Any], dict[str, str]]:
        described = {
            "inputs": {
                "input_ids": "int64 (batch, tokens)",
                "attention_mask": "int64 (batch, tokens), 1 where there is a token",
            },
            "tokenizer": TOKENIZER,
            "max_length": preprocess.max_length,
            "padding_index": preprocess.padding_index,
            "unknown_index": preprocess.unknown_index,
            "steps": [
                f"{TOKENIZER} (library: tokenizers) gives the ids of each text, cut to max_length "
                "and padded to the longest of the batch",
                "nothing more: the exported graph takes a text without a single token "
                "(attention_mask all 0) for the one token unknown_index",
            ],
        }
        return described, {TOKENIZER: portable_tokenizer(preprocess)}

    def plain(self, raw: Sequence[str], parts: Sequence[np.ndarray]) -> Plain:
        """A linear SVM on TF-IDF of words and word pairs; the first part gives the vocabulary."""
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.svm import LinearSVC

        # Words of one letter count too: in some scripts they are words.
        tfidf = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\b\w+\b")
        learnt = tfidf.fit_transform(texts_of(raw, parts[0]))
        columns = [learnt, *(tfidf.transform(texts_of(raw, part)) for part in parts[1:])]
        return Plain("tfidf_svm", columns, lambda strength: LinearSVC(C=strength, random_state=0))

    def kinds(self, raw: Any) -> None:
        return None

    def id_of(self, given: str) -> None:
        return None

    def read(self, path: str | Path, how: "Reading", **columns: Any) -> "Iterator[Row]":
        from lightning_contrast.files.texts import text_rows

        return text_rows(path, how=how, **columns)


def texts_of(raw: Sequence[str], rows: np.ndarray) -> Iterable[str]:
    """The texts of these rows, one after another; texts on disk are read some at a time.

    >>> list(texts_of(["a", "b", "c"], np.array([2, 0])))
    ['c', 'a']
    """
    from lightning_contrast.rows.disk_texts import DiskTexts

    if isinstance(raw, DiskTexts):
        return raw.of(rows)
    return (raw[row] for row in rows.tolist())


def portable_tokenizer(tokenizer: Any) -> str:
    """A ``tokenizer.json`` for the ``tokenizers`` library that cuts and pads as ``Tokenizer`` does.

    >>> from lightning_contrast.data.tokenizer import Tokenizer
    >>> text = portable_tokenizer(Tokenizer.train(["a cat sat"], max_length=2))
    >>> from tokenizers import Tokenizer as Pipeline
    >>> [row.attention_mask for row in Pipeline.from_str(text).encode_batch(["a cat sat", "cat"])]
    [[1, 1], [1, 0]]
    """
    from tokenizers import Tokenizer as Pipeline

    pipeline = Pipeline.from_str(tokenizer.json)
    pipeline.enable_truncation(tokenizer.max_length)
    index = tokenizer.padding_index
    pipeline.enable_padding(pad_id=index, pad_token=pipeline.id_to_token(index))
    return pipeline.to_str()
