"""Short descriptions of Debian's packages, with their Italian, French and German translations.

A translation belongs to the English text with the same checksum (Description-md5).
"""

import re
from collections.abc import Iterator
from pathlib import Path

from ._apt import own_lists
from ._download import bring, not_brought
from ._lines import write_lines

LANGUAGES = ("it", "fr", "de")
WHAT = "Debian's package descriptions (16 MB)"


def write(folder: Path, downloads: Path) -> str:
    languages = {"Acquire::Languages": ",".join(["en", *LANGUAGES])}
    alone = {"Acquire::IndexTargets::deb::Packages::DefaultEnabled": "false"}
    words = own_lists(downloads, **languages, **alone)
    bring(WHAT, ["apt-get", "update", "-q", *words], LC_ALL="C")
    english = _descriptions(downloads / "lists", "en")
    counts = []
    for language in LANGUAGES:
        pairs: dict[tuple[str, str], str] = {}  # each once, with its first package
        for key, (package, line) in _descriptions(downloads / "lists", language).items():
            if key in english and english[key][1] != line:  # as in English: not translated
                pairs.setdefault((english[key][1], line), package)
        rows = (
            {"english": original, "translation": line, "package": package}
            for (original, line), package in pairs.items()
        )
        write_lines(folder / f"{language}.jsonl", rows)
        counts.append(f"{len(pairs)} {language}")
    return f"Lines in English and another language: {', '.join(counts)}"


def _descriptions(lists: Path, language: str) -> dict[str, tuple[str, str]]:
    """Package and first line of each description, by the checksum of the English one."""
    files = sorted(lists.glob(f"*_Translation-{language}"))
    if not files:
        raise not_brought(WHAT, f"apt's sources have no Translation-{language}")
    return {key: found for file in files for key, found in _entries(file, language)}


def _entries(file: Path, language: str) -> Iterator[tuple[str, tuple[str, str]]]:
    entry = re.compile(
        rf"Package: (.+)\nDescription-md5: (.+)\nDescription-{language}: *(\S.*)", re.MULTILINE
    )
    for package, key, line in entry.findall(file.read_text(encoding="utf-8")):
        yield key, (package, line.strip())
