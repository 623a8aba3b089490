"""Emoji of three vendors with names and keywords in many languages: python emoji.py FOLDER.

Pictures: `emoji-datasource-google`, `emoji-datasource-twitter` (Noto and Twemoji, 64 pixels) and
`@lobehub/fluent-emoji-3d` (Microsoft). Words: Unicode's CLDR. All come from the npm registry.
Writes `FOLDER/emoji/` with `pictures.jsonl`, a line a picture, and `names.jsonl`, a line a concept.
"""

import io
import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

from npm import content_of, packed
from PIL import Image

SETS = {
    "google": "emoji-datasource-google@16.0.0",
    "twitter": "emoji-datasource-twitter@16.0.0",
    "fluent": "@lobehub/fluent-emoji-3d@1.1.0",
}
WORDS = ("cldr-annotations-full@48.2.0", "cldr-annotations-derived-full@48.2.0")
SIDE = 64  # pixels
# A concept's family: sex, age within a generation, hair and direction play no part.
PEOPLE = {
    **dict.fromkeys(("1f468", "1f469", "1f9d1"), "adult"),
    **dict.fromkeys(("1f466", "1f467", "1f9d2"), "child"),
    **dict.fromkeys(("1f474", "1f475", "1f9d3"), "elder"),
}
LEFT_OUT = {"200d", "2640", "2642", "1f9b0", "1f9b1", "1f9b2", "1f9b3", "27a1"}
CLOCKS = {f"{code:x}" for code in range(0x1F550, 0x1F568)}


def bare(code: str) -> str:
    """The code points of an emoji without the sign that asks for colour."""
    return "-".join(part for part in code.lower().split("-") if part != "fe0f")


def family_of(code: str, subcategory: str) -> str:
    """What all versions of a concept share: man, woman and person; the keycaps; the clocks."""
    if subcategory in ("keycap", "family"):
        return subcategory
    if code in CLOCKS:
        return "clock"
    parts = [PEOPLE.get(part, part) for part in code.split("-") if part not in LEFT_OUT]
    return "-".join(parts)


def pictures(archive: Path, folder: str, suffix: str) -> Iterator[tuple[str, bytes]]:
    """The pictures below a folder of a package, by the code of their emoji."""
    with tarfile.open(archive) as files:
        for member in files:
            path = Path(member.name)
            if str(path.parent) == f"package/{folder}" and path.suffix == suffix:
                yield bare(path.stem), content_of(files, member)


def words(archives: list[Path]) -> dict[str, dict[str, tuple[str, list[str]]]]:
    """By emoji and language: its name and its keywords."""
    found: dict[str, dict[str, tuple[str, list[str]]]] = {}
    for archive in archives:
        with tarfile.open(archive) as files:
            for member in files:
                if not member.name.endswith("/annotations.json"):
                    continue
                language = Path(member.name).parent.name
                (content,) = json.loads(content_of(files, member)).values()
                for emoji, entry in content.get("annotations", {}).items():
                    if entry.get("tts"):
                        code = bare("-".join(f"{ord(sign):x}" for sign in emoji))
                        named = entry["tts"][0], entry.get("default", [])
                        found.setdefault(code, {})[language] = named
    return found


def main(folder: Path) -> None:
    out = folder / "emoji"
    archives = packed([*SETS.values(), *WORDS], folder)
    with tarfile.open(archives[0]) as files:
        listed = json.loads(content_of(files, "package/emoji.json"))
    known = {bare(each["unified"]): each for each in listed if each["category"] != "Component"}
    named = words(archives[3:])
    places = {"google": "img/google/64", "twitter": "img/twitter/64", "fluent": "assets"}
    images = {
        vendor: dict(pictures(archive, places[vendor], ".webp" if vendor == "fluent" else ".png"))
        for vendor, archive in zip(SETS, archives, strict=False)
    }
    shared = [
        code
        for code in known
        if "en" in named.get(code, {}) and all(code in images[vendor] for vendor in SETS)
    ]
    if len(shared) < 1000:
        sys.exit(f"only {len(shared)} emoji were found in all packages: they are laid out anew")
    lines, names = [], []
    for code in shared:
        each, (name, keywords) = known[code], named[code]["en"]
        about = {
            "concept": code,
            "family": family_of(code, each["subcategory"]),
            "label": each["category"],
            "flag": "yes" if each["category"] == "Flags" else "no",
        }
        own = [word for word in keywords if word != name]
        for vendor in SETS:
            place = f"{vendor}/{code}.png"
            (out / vendor).mkdir(parents=True, exist_ok=True)
            picture = Image.open(io.BytesIO(images[vendor][code])).convert("RGBA")
            picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(out / place)
            lines.append(
                {"image": place, "captions": [name], "keywords": own, "vendor": vendor, **about}
            )
        by_language = named[code].items()
        about["names"] = {language: own for language, (own, _) in by_language}
        about["keywords"] = {language: keywords for language, (_, keywords) in by_language}
        names.append(about)
    for file, rows in (("pictures.jsonl", lines), ("names.jsonl", names)):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (out / file).write_text(text, encoding="utf-8")
    languages = len({language for row in names for language in row["names"]})
    print(f"{len(shared)} emoji of {len(SETS)} vendors, with words in {languages} languages")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
