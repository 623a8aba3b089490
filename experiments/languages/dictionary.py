"""What dictionaries say of a text, word by word."""

import json
from bisect import bisect_left
from collections import defaultdict
from pathlib import Path

FOLDERS = ("mueller", "freedict", "cc_cedict")  # the first say more of a language that two have
LONGEST = 5  # units of a phrase in a dictionary
KEPT, CUT = 4, 3  # letters of a word by which it is found, and those that may be its ending
WITHOUT_SPACES = ("ja", "zh")


class Dictionary:
    """Words and phrases of one language with their English ones, the likeliest first.

    A word that is not there has the meanings of the one that shares most of its beginning; of
    several the shortest.

    >>> words = Dictionary("it", {"occhio": ["eye"], "faccia": ["face"], "a lato": ["aside"]})
    >>> words.in_english("Facce: a lato, occhi tre")
    'face aside eye tre'
    """

    def __init__(self, language: str, meanings: dict[str, list[str]]) -> None:
        self.apart = "" if language in WITHOUT_SPACES else " "
        self.meanings = meanings
        self.words = sorted(word for word in meanings if " " not in word)

    def in_english(self, text: str, most: int = 5) -> str:
        """The longest phrases that are there, from the left, each as its likeliest meanings,
        ``most`` of them; words that are not there stay as they are."""
        plain = text.lower().translate(str.maketrans(",:，：", "    "))
        units = plain.split() if self.apart else list("".join(plain.split()))
        found: list[str] = []
        place = 0
        while place < len(units):
            for end in range(min(place + LONGEST, len(units)), place, -1):
                known = self.meanings.get(self.apart.join(units[place:end]))
                if known or end == place + 1:
                    found += known[:most] if known else self.alike(units[place], most)
                    place = end
                    break
        return " ".join(found)

    def alike(self, unit: str, most: int) -> list[str]:
        """Meanings of the word that begins as a unit does, which may be a compound."""
        if "-" in unit.strip("-"):
            return self.in_english(unit.replace("-", " "), most).split()
        for kept in range(len(unit) - 1 if self.apart else 0, max(KEPT, len(unit) - CUT) - 1, -1):
            begin = unit[:kept]
            first = bisect_left(self.words, begin)
            last = bisect_left(self.words, begin + chr(0x10FFFF))
            near = [word for word in self.words[first:last] if len(word) <= len(unit) + CUT]
            if near:
                return self.meanings[min(near, key=len)][:most]
        return [unit]


def dictionaries() -> dict[str, Dictionary]:
    """By language."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for folder in FOLDERS:
        with Path("data", folder, "pairs.jsonl").open(encoding="utf-8") as file:
            for pair in map(json.loads, file):
                known = found[pair["language"]][pair["word"].lower()]
                if pair["english"] not in known:
                    known.append(pair["english"])
    return {language: Dictionary(language, dict(words)) for language, words in found.items()}
