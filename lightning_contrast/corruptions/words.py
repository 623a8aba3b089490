"""Missing, moved and unknown words."""

from random import Random

from lightning_contrast.config.ranges import Range
from lightning_contrast.corruptions.corruption import TextCorruption, pieces_of


class WordDrop(TextCorruption):
    """Leaves words out, never all; ``levels`` are the shares of words.

    >>> WordDrop([1] * 5)("one two", 1, Random(0))
    'one'
    """

    levels = (0.1, 0.2, 0.35, 0.5, 0.7)

    def change(self, word: str, random: Random) -> str:
        return ""

    def __call__(self, text: str, severity: int, random: Random) -> str:
        left = super().__call__(text, severity, random)
        return " ".join(left.split()) or pieces_of(text.strip())[0]


class WordOrder(TextCorruption):
    """Moves words; ``levels`` are how many places a word moves at most.

    >>> WordOrder([9] * 5)("one two three", 1, Random(0))
    'three one two'
    """

    allowed = Range(least=0)
    levels = (2, 4, 8, 16, 32)

    def __call__(self, text: str, severity: int, random: Random) -> str:
        words = [piece for piece in pieces_of(text) if not piece.isspace()]
        place = [i + self.level(severity) * random.random() for i in range(len(words))]
        return " ".join(words[i] for i in sorted(range(len(words)), key=place.__getitem__))


class UnknownWords(TextCorruption):
    """Puts made-up words of the same length in place of words; ``levels`` are the shares of words.

    >>> UnknownWords([1] * 5)("word", 1, Random(0))
    'pifo'
    """

    levels = (0.1, 0.2, 0.35, 0.5, 0.7)

    def change(self, word: str, random: Random) -> str:
        letters = ("bdfgklmnprstvxz", "aeiou")
        return "".join(random.choice(letters[i % 2]) for i in range(len(word)))


class Truncation(TextCorruption):
    """Ends the text early; ``levels`` are the shares of words that are cut, never all.

    >>> Truncation([0.5] * 5)("one two three four", 1, Random(0))
    'one two'
    """

    levels = (0.3, 0.5, 0.7, 0.85, 0.95)

    def __call__(self, text: str, severity: int, random: Random) -> str:
        pieces = pieces_of(text.strip())
        ends = [end for end, piece in enumerate(pieces, 1) if not piece.isspace()]
        left = max(1, round(len(ends) * (1 - self.level(severity))))
        return "".join(pieces[: ends[left - 1]]) if ends else text
