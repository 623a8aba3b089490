"""Names and keywords of emoji in many languages, of Unicode's CLDR."""

import json
from pathlib import Path
from typing import NamedTuple

from . import _npm

KINDS = {
    "annotations": _npm.Package(
        "cldr-annotations-full",
        "48.2.0",
        "28576e51225deb51e3ddd734b0f824a0079682cb5d8c27faa9f68149317a14d1",
        6.5,
    ),
    "annotationsDerived": _npm.Package(  # of sequences: flags, professions, keycaps
        "cldr-annotations-derived-full",
        "48.2.0",
        "4be946ff5815f806ec78b50363d577a769f2fbfb90c6380a44e161a92436996e",
        4.2,
    ),
}


class Words(NamedTuple):
    name: str
    keywords: list[str]


def annotations(downloads: Path) -> dict[str, dict[str, Words]]:
    """``{language: {concept: words}}``, of those that have a name.

    A language has what its own files say: those of a region (en-AU) hold only what differs.
    """
    languages: dict[str, dict[str, Words]] = {}
    for kind, package in KINDS.items():
        files = _npm.files(package, r"/annotations\.json$", downloads)
        for file, content in sorted(files.items()):
            known = json.loads(content)[kind].get("annotations", {})
            languages.setdefault(Path(file).parent.name, {}).update(
                {
                    bare(signs): Words(words["tts"][0], words.get("default", []))
                    for signs, words in known.items()
                    if words.get("tts")
                }
            )
    return languages


def bare(signs: str) -> str:
    """The code points of an emoji without U+FE0F, which some sources write and others don't.

    >>> bare("\u2764\ufe0f")
    '2764'
    """
    return "-".join(f"{ord(sign):04x}" for sign in signs if sign != "\ufe0f")
