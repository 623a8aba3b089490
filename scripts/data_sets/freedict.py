"""Words of nine languages with their English ones, from the dictionaries of freedict.org.

Debian packs them in the format of dictd: an index of headwords with the place of each entry, as
numbers to the base 64, in a text that gzip reads.
"""

import gzip
import re
import string
import subprocess
from collections.abc import Iterator
from pathlib import Path

from ._apt import own_lists
from ._download import bring
from ._lines import write_lines

LANGUAGES = {"de": "deu", "es": "spa", "fr": "fra", "it": "ita", "ja": "jpn"}
LANGUAGES |= {"pl": "pol", "pt": "por", "ru": "rus", "tr": "tur"}
MISSING = "rus-eng"  # Debian has Russian behind English words alone
WHAT = "dictionaries of freedict.org (61 MB)"
DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
SOUND = re.compile(r"\s/.*?/(?=\s|,|$)")
NOTE = re.compile(r"\[[^]]*\]|\([^()]*\)|<[^>]*>|\{[^}]*\}|\b(?:etw|jd[mns]?|sth|sb)\.")
SENSE = re.compile(r"\s*\d+\. ")
BESIDE = re.compile(r'\s*(?:see|Notes?|Synonyms?|Antonyms?):|\s*"')
WORDS, LETTERS = 4, 40  # longer ones are explanations


def write(folder: Path, downloads: Path) -> str:
    ways = [(f"{a}-eng", f"eng-{a}") for a in LANGUAGES.values()]
    names = [f"dict-freedict-{way}" for both in ways for way in both if way != MISSING]
    words = own_lists(downloads)
    bring(WHAT, ["apt-get", "update", "-q", *words], LC_ALL="C")
    get = ["env", "-C", str(downloads), "apt-get", "download", "-q", *words, *names]
    bring(WHAT, get, LC_ALL="C")
    for archive in sorted(downloads.glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", archive, downloads / "whole"], check=True)
    pairs: dict[tuple[str, str, str], None] = {}  # each once
    for language, (to, back) in zip(LANGUAGES, ways, strict=True):
        for way in {to, back} - {MISSING}:
            for head, word in entries(downloads / "whole/usr/share/dictd" / f"freedict-{way}"):
                pairs[(language, head, word) if way == to else (language, word, head)] = None
    columns = ("language", "word", "english")
    rows = (dict(zip(columns, pair, strict=True)) for pair in sorted(pairs))
    write_lines(folder / "pairs.jsonl", rows)
    return f"{len(pairs):,} words and short phrases of {len(LANGUAGES)} languages in English"


def entries(stem: Path) -> Iterator[tuple[str, str]]:
    """The headwords of a dictionary, each with every translation."""
    text = gzip.decompress(stem.with_suffix(".dict.dz").read_bytes())
    lines = stem.with_suffix(".index").read_text(encoding="utf-8").splitlines()
    for place in {tuple(line.split("\t")[1:3]) for line in lines if not line.startswith("00")}:
        begin, length = map(number, place)
        heads, translations = read(text[begin : begin + length].decode("utf-8"))
        yield from ((head, word) for head in heads for word in translations)


def number(digits: str) -> int:
    """
    >>> number("BA")
    64
    """
    value = 0
    for digit in digits:
        value = value * 64 + DIGITS.index(digit)
    return value


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
    while (plain := NOTE.sub(" ", line)) != line:  # brackets may stand in brackets
        line = plain
    line = re.sub(r"^\s*\d+\.|\s\d+\.\s*$", "", line)
    found = [" ".join(part.split()).strip(".!? ") for part in re.split("[,;、]", line)]
    found = [part.removeprefix("to ") for part in found]
    return [
        part
        for part in found
        if part and len(part.split()) <= WORDS and len(part) <= LETTERS
        if ". " not in part and not set(part) & set("/()[]{}")
    ]
