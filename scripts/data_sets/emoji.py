"""Emoji as three vendors draw them, with names and keywords in about a hundred languages.

Pictures: Google's and Twitter's (of emoji-datasource), Microsoft's Fluent. Words: Unicode's CLDR.
Fluent has no flags of countries: those in its package are Google's.
"""

import io
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lightning_contrast.errors import InputError

from . import _cldr, _npm
from ._download import Files
from ._emoji_families import family
from ._lines import SIZE, different, write_lines

GOOGLE = _npm.Package(
    "emoji-datasource-google",
    "16.0.0",
    "fb5fd131b362aab7a55542d2a147a79708cce0a8b1c1bbacd470172708b5c438",
    74,
)
TWITTER = _npm.Package(
    "emoji-datasource-twitter",
    "16.0.0",
    "f64a530c63bca463bd8317fdc4615ce63a53a0c65018e4ce2d848aaba7a28877",
    62,
)
FLUENT = _npm.Package(
    "@lobehub/fluent-emoji-3d",
    "1.1.0",
    "c1bb7eee7de090205a232518a9ab4adb3df458bfbe8a1f78232991194c8b2e58",
    16,
)
NAMED = 0.8  # a language counts that names at least such a share of the concepts


def write(folder: Path, downloads: Path) -> str:
    try:
        import PIL  # noqa: F401
    except ImportError as error:
        raise InputError("Pillow is not installed: pip install pillow, and run again") from error
    google = _npm.files(GOOGLE, r"/emoji\.json$|/img/google/64/", downloads)
    drawn = {
        "google": _pictures(google, "/64/"),
        "twitter": _pictures(_npm.files(TWITTER, "/img/twitter/64/", downloads), "/64/"),
        "fluent": _pictures(_npm.files(FLUENT, r"/assets/.*\.webp$", downloads), "/assets/"),
    }
    words = _cldr.annotations(downloads)
    shared = set.intersection(*(set(pictures) for pictures in drawn.values()))
    concepts = {
        Path(entry["image"]).stem: entry
        for entry in json.loads(google["package/emoji.json"])
        if entry["category"] != "Component" and Path(entry["image"]).stem in shared
    }
    facts = {
        concept: {
            "concept": concept,
            "family": family(concept),
            "label": entry["category"],
            "path": f"{entry['category']}/{entry['subcategory']}",
            "flag": "yes" if entry["category"] == "Flags" else "no",
        }
        for concept, entry in concepts.items()
    }
    for vendor, pictures in drawn.items():
        print(f"writing {len(concepts)} pictures of {vendor}", flush=True)
        (folder / vendor).mkdir()
        for concept in concepts:
            (folder / vendor / f"{concept}.png").write_bytes(_small(pictures[concept]))
    captions = _captions(concepts, words["en"])
    keywords = {
        concept: [word for word in words["en"][_sign(concept)].keywords if word != name]
        for concept, (name, *_) in captions.items()
    }
    rows = (
        {"image": f"{vendor}/{concept}.png", "vendor": vendor, "captions": captions[concept]}
        | {"keywords": keywords[concept]}
        | known
        for vendor in drawn
        for concept, known in facts.items()
    )
    write_lines(folder / "pictures.jsonl", rows)
    named = {
        language: known
        for language, known in sorted(words.items())
        if sum(_sign(concept) in known for concept in concepts) >= NAMED * len(concepts)
    }
    write_lines(folder / "names.jsonl", _names(facts, named))
    return f"{len(concepts)} emoji of three vendors, named in {len(named)} languages"


def _sign(concept: str) -> str:
    """A concept as CLDR's words are found by."""
    return concept.replace("-fe0f", "")


def _pictures(files: Files, folder: str) -> dict[str, bytes]:
    return {Path(name).stem: content for name, content in files.items() if folder in name}


def _small(picture: bytes) -> bytes:
    """A PNG stays as it is; any other picture becomes one, of 64 pixels a side, with its alpha."""
    from PIL import Image, ImageOps

    image = Image.open(io.BytesIO(picture))
    if image.format == "PNG":
        return picture
    file = io.BytesIO()
    ImageOps.pad(image.convert("RGBA"), (SIZE, SIZE), Image.Resampling.LANCZOS).save(file, "PNG")
    return file.getvalue()


def _captions(
    concepts: dict[str, dict[str, Any]], english: dict[str, _cldr.Words]
) -> dict[str, list[str]]:
    """CLDR's name of each, then the other names that no other concept has."""
    found = {
        concept: different([english[_sign(concept)].name, *_other_names(entry)])
        for concept, entry in concepts.items()
    }
    uses = Counter(name.casefold() for names in found.values() for name in names)
    return {
        concept: [first, *(other for other in others if uses[other.casefold()] == 1)]
        for concept, (first, *others) in found.items()
    }


def _other_names(entry: dict[str, Any]) -> Iterator[str]:
    """Unicode's name, and the short names that hold a word; a flag's is a country's code."""
    name = entry["name"]
    yield name.lower() if name.isupper() else name
    if entry["category"] != "Flags":
        for short in entry["short_names"]:
            if short[0].isalpha():
                yield short.replace("_", " ").replace("-", " ")


def _names(
    facts: dict[str, dict[str, Any]], named: dict[str, dict[str, _cldr.Words]]
) -> Iterator[dict[str, Any]]:
    for concept, known in facts.items():
        sign = _sign(concept)
        words = {language: each[sign] for language, each in named.items() if sign in each}
        yield known | {
            "names": {language: each.name for language, each in words.items()},
            "keywords": {language: each.keywords for language, each in words.items()},
        }
