"""What dictionaries say of words: pairs of a word and an English one, the likeliest first."""

import re
from collections import defaultdict
from pathlib import Path

from ._lines import write_lines

NOTE = re.compile(r"\[[^]]*\]|\([^()]*\)|<[^>]*>|\{[^}]*\}|\b(?:etw|jd[mns]?|sth|sb)\.")
WORDS, LETTERS = 4, 40  # longer ones are explanations


class Words:
    """Pairs of words, each once. One that stands first in an entry weighs 1, the next a half, and
    so on; one of several entries weighs their sum.

    >>> words = Words()
    >>> for place, english in enumerate(["character", "face"]):
    ...     words.add("ru", "лицо", english, place)
    >>> words.add("ru", "лицо", "face", place=0)
    >>> words.in_order()
    [('ru', 'лицо', 'face'), ('ru', 'лицо', 'character')]
    """

    def __init__(self) -> None:
        self.weight: defaultdict[tuple[str, str, str], float] = defaultdict(float)

    def add(self, language: str, word: str, english: str, place: int) -> None:
        self.weight[language, word, english] += 1 / (1 + place)

    def in_order(self) -> list[tuple[str, str, str]]:
        """By languages and words, the likeliest English first."""
        return sorted(self.weight, key=lambda pair: (*pair[:2], -self.weight[pair], pair[2]))

    def write(self, folder: Path) -> str:
        """Writes ``pairs.jsonl``; a line that says what is in it."""
        pairs = self.in_order()
        columns = ("language", "word", "english")
        write_lines(folder / "pairs.jsonl", (dict(zip(columns, p, strict=True)) for p in pairs))
        count = len({language for language, *_ in pairs})
        languages = "a language" if count == 1 else f"{count} languages"
        return f"{len(pairs):,} words and short phrases of {languages} in English"


def without_notes(line: str) -> str:
    """
    >>> without_notes("to amuse (oneself (or others)) sth. [dated]").split()
    ['to', 'amuse']
    """
    while (plain := NOTE.sub(" ", line)) != line:  # brackets may stand in brackets
        line = plain
    return line


def is_short(phrase: str) -> bool:
    """Whether it is a word or a short phrase, without marks of further notes."""
    return (
        bool(phrase)
        and len(phrase.split()) <= WORDS
        and len(phrase) <= LETTERS
        and ". " not in phrase
        and not set(phrase) & set("/()[]{}")
    )
