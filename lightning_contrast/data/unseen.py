"""Warns of texts that a classifier can't fully see: of unknown tokens, and of texts cut off."""

from collections.abc import Sequence

import torch

from lightning_contrast.data.collate import FlatTokens
from lightning_contrast.data.tokenizer import Tokenizer

UNKNOWN, CUT = 0.05, 0.01  # shares above which there is a warning


def unseen(tokenizer: Tokenizer, tokens: FlatTokens, texts: Sequence[str]) -> dict[str, str]:
    """Warnings by name; ``tokens`` are those of ``texts``.

    >>> tokenizer = Tokenizer.train(["a cat", "a dog"])
    >>> texts = ["a cow", "a cat"]
    >>> unseen(tokenizer, tokenizer.encode(texts), texts)["unknown_tokens"]
    '25.0 % of the tokens are unknown to the tokenizer, and 0.0 % of the texts have no known ...'
    """
    lines = {}
    length = tokens.offsets.diff()
    ids = tokens.ids[: int(tokens.offsets[-1])]
    strange = (ids == tokenizer.unknown_index).nonzero()[:, 0]
    of_row = torch.searchsorted(strange, tokens.offsets).diff()
    line = told_unknown(int(of_row.sum()), len(ids), int((of_row == length).sum()), len(length))
    if line:
        lines["unknown_tokens"] = line
    full = torch.nonzero(length >= tokenizer.max_length)[:, 0].tolist()
    whole = tokenizer.lengths([texts[row] for row in full])
    longer = [size for size in whole if size > tokenizer.max_length]
    if len(longer) > CUT * len(length):
        lost = 1 - tokenizer.max_length * len(longer) / sum(longer)
        lines["cut_texts"] = (
            f"{len(longer)} of {len(length)} texts are longer than {tokenizer.max_length} tokens, "
            f"and the last {100 * lost:.0f} % of theirs are cut off: set "
            f"datamodule.max_length={max(longer)}"
        )
    return lines


def told_unknown(unknown: int, tokens: int, empty: int, texts: int) -> str:
    """The warning about unknown tokens; empty if they are few."""
    if unknown <= UNKNOWN * tokens and empty <= UNKNOWN * texts:
        return ""
    return (
        f"{100 * unknown / tokens:.1f} % of the tokens are unknown to the tokenizer, and "
        f"{100 * empty / texts:.1f} % of the texts have no known token: set "
        "datamodule.tokenizer=bpe in training, or train on texts of the same kind"
    )
