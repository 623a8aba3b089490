"""The texts and kinds of a tokenizer's ids, as views of words need them."""

import json as json_module
import re
from collections.abc import Sequence

import torch

from lightning_contrast.rows.content import SIGNS

START_MARKS = ("▁", "Ġ")  # of SentencePiece and of byte-level vocabularies
_SIGN = re.compile(f"[{SIGNS}]")


class Vocabulary:
    """Texts and kinds of the tokens of a tokenizer, which ``json`` describes.

    ``text``: the word that a token is or begins; "" if the token is special, punctuation, or
    continues a word. ``special``, ``continues`` and ``word`` are ``(V,)`` bool: special tokens
    (``[CLS]``, ``[PAD]``, ``[UNK]``); tokens that continue the word before them; tokens with a
    text. A token of Chinese or Japanese characters is always a word.

    Supports vocabularies of words, of WordPiece (``##ing``), SentencePiece (``▁the``) and bytes
    (``Ġthe``).

    >>> from lightning_contrast.data.tokenizer import Tokenizer
    >>> vocabulary = Vocabulary(Tokenizer.train(["a cat", "a 猫"]).json)
    >>> vocabulary.text
    ['', '', 'a', 'cat', '猫']
    >>> vocabulary.pieces(["cat", "a cat"])
    [[3], [2, 3]]
    """

    def __init__(self, json: str) -> None:
        from tokenizers import Tokenizer as Pipeline

        self.json = json
        self._pipeline = Pipeline.from_str(json)
        self._pipeline.no_truncation()
        self._pipeline.no_padding()
        ids = self._pipeline.get_vocab()
        tokens = [""] * (max(ids.values()) + 1)
        for token, index in ids.items():
            tokens[index] = token
        stored = json_module.loads(json)
        special = {entry["id"] for entry in stored["added_tokens"] if entry["special"]}
        unknown = stored["model"].get("unk_token")
        special |= {ids[unknown]} if isinstance(unknown, str) and unknown in ids else set()
        self._mark = next((m for m in START_MARKS if any(t.startswith(m) for t in tokens)), "")
        prefix = stored["model"].get("continuing_subword_prefix") or ""
        rows = [[index] for index in range(len(tokens))]
        readable = self._pipeline.decode_batch(rows, skip_special_tokens=False)
        bare = [text.strip(" ▁").removeprefix(prefix) for text in readable]
        signs = [bool(_SIGN.match(text)) for text in bare]
        goes_on = [
            index not in special and not sign and self._continues(token, prefix)
            for index, (token, sign) in enumerate(zip(tokens, signs, strict=True))
        ]
        self.text = [
            text if text[:1].isalnum() and not on and index not in special else ""
            for index, (text, on) in enumerate(zip(bare, goes_on, strict=True))
        ]
        self.special = torch.tensor([index in special for index in range(len(tokens))])
        self.continues = torch.tensor(goes_on)
        self.word = torch.tensor([bool(text) for text in self.text])

    def __len__(self) -> int:
        return len(self.text)

    def pieces(self, words: Sequence[str]) -> list[list[int]]:
        """The ids of each word as the tokenizer gives them inside a text."""
        space = " " if self._mark == "Ġ" else ""
        found = self._pipeline.encode_batch_fast(
            [space + word for word in words], add_special_tokens=False
        )
        return [encoding.ids for encoding in found]

    def _continues(self, token: str, prefix: str) -> bool:
        if prefix:
            return token.startswith(prefix)
        return bool(self._mark) and not token.startswith(self._mark)


def is_sign(text: str) -> bool:
    """Whether a text begins with a Chinese or Japanese character.

    >>> is_sign("猫"), is_sign("cat")
    (True, False)
    """
    return bool(_SIGN.match(text))
