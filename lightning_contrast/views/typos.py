"""A view with typing slips."""

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from lightning_contrast.config.ranges import Count, Seed, Share
from lightning_contrast.errors import InputError
from lightning_contrast.rows.vocabulary import Vocabulary, is_sign
from lightning_contrast.views.text import Tokens
from lightning_contrast.views.view import View

SHORTEST = 3  # letters of a word that slips
KEYBOARDS = (("qwertyuiop", "asdfghjkl", "zxcvbnm"), ("йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"))


class Typos(View):
    """Puts misspelt words in place of words: tokens as if the slip had been in the text.

    Each word of three letters or more is misspelt with ``probability``, in one of ``variants`` ways
    that are drawn once for each word of the vocabulary (with ``seed``) and tokenised: a neighbour
    on the keyboard, a letter left out, doubled, or swapped with the next; a Chinese or Japanese
    sign can be doubled only. A vocabulary of words makes an unknown token of most of them, as it
    does of slips in texts to come; pieces make several tokens of one. The shape ``(r, T)`` stays:
    as in tokenising, what no longer fits is cut at the end, before a closing special token. Words
    of several pieces stay as they are.

    Raises ``InputError`` for values out of range, and in use without ``prepare`` before. Source:
    the character noise of Belinkov and Bisk 2018, arXiv:1711.02173.

    >>> Typos(probability=2.0)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: view.probability must be in [0, 1], got 2.0: set ...
    """

    modality = "text"
    needs_vocabulary = True
    table: Tensor
    pieces: Tensor
    slips: Tensor
    special: Tensor
    continues: Tensor

    def __init__(self, probability: Share = 0.1, variants: Count = 4, seed: Seed = 0) -> None:
        super().__init__()
        self.probability, self.variants, self.seed = probability, variants, seed

    def prepare(self, vocabulary: Vocabulary) -> None:
        """Tokenises the misspellings: ``table (V, variants, P)``, of which ``pieces`` are used."""
        draw = random.Random(self.seed)
        ids = [index for index, text in enumerate(vocabulary.text) if slips(text)]
        spelt = [misspelt(vocabulary.text[i], draw) for i in ids for _ in range(self.variants)]
        found = [row or [ids[n // self.variants]] for n, row in enumerate(vocabulary.pieces(spelt))]
        longest = max(map(len, found), default=1)
        padded = torch.tensor([row + [0] * (longest - len(row)) for row in found])
        shape = (len(vocabulary), self.variants)
        table = torch.zeros(*shape, longest, dtype=torch.int32)
        pieces = torch.ones(shape, dtype=torch.int32)
        table[ids] = padded.view(len(ids), self.variants, longest).int()
        pieces[ids] = torch.tensor([*map(len, found)]).view(len(ids), self.variants).int()
        changes = torch.zeros(len(vocabulary), dtype=torch.bool)
        changes[ids] = True
        for name, tensor in (("table", table), ("pieces", pieces), ("slips", changes)):
            self.register_buffer(name, tensor, persistent=False)
        self.register_buffer("special", vocabulary.special, persistent=False)
        self.register_buffer("continues", vocabulary.continues, persistent=False)

    def forward(self, inputs: Tokens) -> Tokens:
        if not hasattr(self, "table"):
            raise InputError("view Typos knows no vocabulary: call its prepare(Vocabulary(json))")
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        if not mask.numel():
            return inputs
        token, device = ids.long(), mask.device
        goes_on = torch.zeros_like(mask, dtype=torch.bool)
        goes_on[:, :-1] = self.continues[token[:, 1:]]
        chance = torch.rand(mask.shape, device=device)
        wrong = self.slips[token] & mask.bool() & ~goes_on & (chance < self.probability)
        entry = token * self.variants + torch.randint(self.variants, mask.shape, device=device)
        length = torch.where(wrong, self.pieces.flatten()[entry], 1)
        # Cell j of the row shows piece j - start of the token whose pieces reach there.
        end = length.cumsum(1)
        cell = torch.arange(mask.shape[1], device=device).expand(mask.shape).contiguous()
        source = torch.searchsorted(end, cell, right=True)
        piece = cell - (end - length).gather(1, source)
        spelling = self.table.flatten()[entry.gather(1, source) * self.table.shape[2] + piece]
        shown = torch.where(wrong.gather(1, source), spelling.to(ids.dtype), ids.gather(1, source))
        last = ((cell + 1) * mask.bool()).argmax(1, keepdim=True)
        closing = ids.gather(1, last)
        cut = self.special[closing.long()] & (end.gather(1, last) > mask.shape[1])
        shown[:, -1:] = torch.where(cut, closing, shown[:, -1:])
        return {**inputs, "input_ids": shown, "attention_mask": mask.gather(1, source)}


def slips(word: str) -> bool:
    """Whether a word is misspelt at all."""
    return len(word) >= SHORTEST or is_sign(word)


def misspelt(word: str, draw: random.Random) -> str:
    """The word with one slip.

    >>> misspelt("word", random.Random(1)), misspelt("猫", random.Random(1))
    ('wrod', '猫猫')
    """
    place = draw.randrange(len(word))
    before, letter, after = word[:place], word[place], word[place + 1 :]
    doubled = before + 2 * letter + after
    ways = [doubled]
    if len(word) > 1:
        ways.append(before + after)
    if after and after[0] != letter:
        ways.append(before + after[0] + letter + after[1:])
    if near := NEAR.get(letter.lower()):
        ways.append(before + draw.choice(near) + after)
    return draw.choice(ways)


def neighbours(rows: Sequence[str]) -> dict[str, str]:
    """The keys around each key of a keyboard: those beside it, and above and below in its column.

    >>> neighbours(["qwe", "asd"])["s"]
    'adwe'
    """
    at = {(r, c): key for r, row in enumerate(rows) for c, key in enumerate(row)}
    around = ((0, -1), (0, 1), (-1, 0), (-1, 1), (1, -1), (1, 0))
    return {
        key: "".join(at[spot] for y, x in around if (spot := (r + y, c + x)) in at)
        for (r, c), key in at.items()
    }


NEAR = {key: near for rows in KEYBOARDS for key, near in neighbours(rows).items()}
