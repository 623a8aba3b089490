"""Wrong letters."""

from random import Random

from lightning_contrast.corruptions.corruption import TextCorruption
from lightning_contrast.views.typos import misspelt, slips

LOOKALIKES = (
    *(("rn", "m"), ("m", "rn"), ("cl", "d"), ("vv", "w"), ("O", "0"), ("l", "1"), ("I", "l")),
    *(("S", "5"), ("B", "8"), ("o", "0"), ("e", "c"), ("h", "b"), ("i", "l"), ("s", "5")),
    *(("g", "9"), ("a", "o"), ("u", "ii"), ("f", "t")),
)
"""What an optical reader takes for what."""


class Typos(TextCorruption):
    """Misspells words as on a keyboard (``views.typos``); ``levels`` are the shares of words.

    >>> Typos([1] * 5)("word", 1, Random(3))
    'wod'
    """

    levels = (0.05, 0.1, 0.2, 0.35, 0.5)

    def change(self, word: str, random: Random) -> str:
        return misspelt(word, random) if slips(word) else word


class CharacterSwaps(TextCorruption):
    """Swaps two neighbouring letters of words; ``levels`` are the shares of words.

    >>> CharacterSwaps([1] * 5)("ab", 1, Random(0))
    'ba'
    """

    levels = (0.05, 0.1, 0.2, 0.35, 0.5)

    def change(self, word: str, random: Random) -> str:
        places = [i for i in range(len(word) - 1) if word[i] != word[i + 1]]
        if not places:
            return word
        i = random.choice(places)
        return word[:i] + word[i + 1] + word[i] + word[i + 2 :]


class OcrErrors(TextCorruption):
    """Reads letters of words as ones that look like them; ``levels`` are the shares of words.

    >>> OcrErrors([1] * 5)("corn", 1, Random(1))
    'com'
    """

    levels = (0.05, 0.1, 0.2, 0.35, 0.5)

    def change(self, word: str, random: Random) -> str:
        found = [pair for pair in LOOKALIKES if pair[0] in word]
        return word.replace(*random.choice(found), 1) if found else word


class Case(TextCorruption):
    """Writes words in capitals, small, or mixed letters; ``levels`` are the shares of words.

    >>> Case([1] * 5)("word", 1, Random(1))
    'WORD'
    """

    levels = (0.1, 0.25, 0.5, 0.75, 1.0)

    def change(self, word: str, random: Random) -> str:
        return random.choice((str.upper, str.swapcase, str.title, _mixed))(word)


def _mixed(word: str) -> str:
    return "".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(word))
