"""Russian words with their English ones, from Mueller's dictionary of English, 7th edition."""

import re
from pathlib import Path

from ._apt import unpacked
from ._dictd import entries
from ._words import Words, is_short, without_notes

WHAT = "Mueller's dictionary (3 MB)"
LABEL = re.compile(r"_\S+")
APART = re.compile(r"[;,:]|\d+[.)]|\b[а-я]\)")
RUSSIAN = re.compile(r"[а-яё -]+")
ANYONE = re.compile(r"\w+-л\b")  # somebody, something


def write(folder: Path, downloads: Path) -> str:
    words = Words()
    whole = unpacked(WHAT, ["mueller7-dict"], downloads) / "usr/share/dictd"
    for english, found in map(read, entries(whole / "mueller7")):
        for place, word in enumerate(found):
            words.add("ru", word, english, place)
    return words.write(folder)


def read(entry: str) -> tuple[str, list[str]]:
    """The headword and its translations, without labels, notes and examples.

    >>> read("face\\n   [fɛɪs] 1. _n. 1) лицо; _разг. мина (гримаса);\\n full face анфас 2) вид")
    ('face', ['лицо', 'мина', 'вид'])
    """
    head, _, rest = entry.partition("\n")
    parts = APART.split(without_notes(LABEL.sub(" ", " ".join(rest.split()))))
    phrases = [" ".join(part.split()).strip(".!? ").lower() for part in parts]
    russian = [each for each in phrases if RUSSIAN.fullmatch(each) and not ANYONE.search(each)]
    return head.strip(), [each for each in dict.fromkeys(russian) if is_short(each)]
