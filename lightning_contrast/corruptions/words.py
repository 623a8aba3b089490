"""Missing, moved and unknown words."""

import re
from collections.abc import Callable
from random import Random

from lightning_contrast.corruptions.corruption import TextCorruption
from lightning_contrast.rows.content import SIGNS

# A Chinese or Japanese sign is a word of its own, as no spaces are written there.
_PIECES = re.compile(rf"\s+|[{SIGNS}]|[^\s{SIGNS}]+")


class WordDrop(TextCorruption):
    """Leaves words out, never all; ``levels`` are the shares of words.

    >>> WordDrop([1] * 5)("one two", 1, Random(0))
    'one'
    """

    levels = (0.1, 0.2, 0.35, 0.5, 0.7)

    def __call__(self, text: str, severity: int, random: Random) -> str:
        changed = change_words(text, self.level(severity), random, lambda word, own: "")
        return " ".join(changed.split()) or _PIECES.findall(text.strip())[0]


class WordOrder(TextCorruption):
    """Moves words; ``levels`` are how many places a word moves at most.

    >>> WordOrder([9] * 5)("one two three", 1, Random(0))
    'three one two'
    """

    levels = (2, 4, 8, 16, 32)

    def __call__(self, text: str, severity: int, random: Random) -> str:
        words = [piece for piece in _PIECES.findall(text) if not piece.isspace()]
        place = [i + self.level(severity) * random.random() for i in range(len(words))]
        return " ".join(words[i] for i in sorted(range(len(words)), key=place.__getitem__))


class UnknownWords(TextCorruption):
    """Puts made-up words of the same length in place of words; ``levels`` are the shares of words.

    >>> UnknownWords([1] * 5)("word", 1, Random(0))
    'pifo'
    """

    levels = (0.1, 0.2, 0.35, 0.5, 0.7)

    def __call__(self, text: str, severity: int, random: Random) -> str:
        return change_words(text, self.level(severity), random, _made_up)


class Truncation(TextCorruption):
    """Ends the text early; ``levels`` are the shares of words that are cut, never all.

    >>> Truncation([0.5] * 5)("one two three four", 1, Random(0))
    'one two'
    """

    levels = (0.3, 0.5, 0.7, 0.85, 0.95)

    def __call__(self, text: str, severity: int, random: Random) -> str:
        pieces = _PIECES.findall(text.strip())
        words = sum(not piece.isspace() for piece in pieces)
        left = max(1, round(words * (1 - self.level(severity))))
        for end, piece in enumerate(pieces, 1):
            left -= not piece.isspace()
            if not left:
                return "".join(pieces[:end])
        return text


def change_words(
    text: str, share: float, random: Random, change: Callable[[str, Random], str]
) -> str:
    """The text with ``change(word, random)`` in place of about that share of its words.

    Every word draws its chance and its own change whatever the share, so that a larger share
    changes the same words and more.

    >>> change_words("one two", 1.0, Random(0), lambda word, own: word.upper())
    'ONE TWO'
    """
    pieces = _PIECES.findall(text)
    for i, piece in enumerate(pieces):
        if not piece.isspace():
            chance, own = random.random(), random.random()
            if chance < share:
                pieces[i] = change(piece, Random(own))
    return "".join(pieces)


def _made_up(word: str, random: Random) -> str:
    letters = ("bdfgklmnprstvxz", "aeiou")
    return "".join(random.choice(letters[i % 2]) for i in range(len(word)))
