"""Words of nine languages with their English ones, from the dictionaries of freedict.org."""

import re
from pathlib import Path

from ._apt import unpacked
from ._dictd import entries
from ._words import Words, is_short, without_notes

LANGUAGES = {"de": "deu", "es": "spa", "fr": "fra", "it": "ita", "ja": "jpn"}
LANGUAGES |= {"pl": "pol", "pt": "por", "ru": "rus", "tr": "tur"}
MISSING = "rus-eng"  # Debian has Russian behind English words alone
WHAT = "dictionaries of freedict.org (61 MB)"
SOUND = re.compile(r"\s/.*?/(?=\s|,|$)")
SENSE = re.compile(r"\s*\d+\. ")
BESIDE = re.compile(r'\s*(?:see|Notes?|Synonyms?|Antonyms?):|\s*"')


def write(folder: Path, downloads: Path) -> str:
    words = Words()
    ways = [(f"{a}-eng", f"eng-{a}") for a in LANGUAGES.values()]
    names = [f"dict-freedict-{way}" for both in ways for way in both if way != MISSING]
    whole = unpacked(WHAT, names, downloads) / "usr/share/dictd"
    for language, (to, back) in zip(LANGUAGES, ways, strict=True):
        for way in [way for way in (to, back) if way != MISSING]:
            for heads, found in map(read, entries(whole / f"freedict-{way}")):
                for head in heads:
                    for place, word in enumerate(found):
                        pair = (head, word) if way == to else (word, head)
                        words.add(language, *pair, place)
    return words.write(folder)


def read(entry: str) -> tuple[list[str], list[str]]:
    """Headwords and translations: the first line below the headwords, and those of further senses;
    without notes in brackets, references and explanations.

    >>> read("Boot /bo:t/ <neut>\\n [naut.] boat <n>, to ship\\n   Synonym: {Kahn}")
    (['Boot'], ['boat', 'ship'])
    """
    first, *rest = entry.split("\n")
    words: list[str] = []
    for line in rest:
        if not BESIDE.match(line) and (not words or SENSE.match(line)):
            words += phrases(line)
    return phrases(SOUND.sub("", first.replace("//", "/"))), words


def phrases(line: str) -> list[str]:
    """
    >>> phrases("1. to amuse (oneself (or others)), sth. [dated] nice 2.")
    ['amuse', 'nice']
    """
    line = without_notes(line)
    line = re.sub(r"^\s*\d+\.|\s\d+\.\s*$", "", line)
    found = [" ".join(part.split()).strip(".!? ") for part in re.split("[,;、]", line)]
    found = [part.removeprefix("to ") for part in found]
    return [part for part in found if is_short(part)]
