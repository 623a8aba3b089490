"""Icons of one colour with tags: Material Design Icons and Lucide."""

import json
import re
from pathlib import Path
from typing import Any

from lightning_contrast.errors import missing_extra

from . import _npm
from ._lines import SIZE, different, write_lines

MDI = _npm.Package(
    "@mdi/svg",
    "7.4.47",
    "de92e5dc9ce46c392ab5c53aa7190b19f82b40cb48872a083f788c7e13e91fef",
    1.4,
)
LUCIDE = _npm.Package(
    "lucide-static",
    "1.62.0",
    "386f9080c440d6f5049cefe3456ae8357f7a0c7f76e59670cd1cb83bc7050a44",
    7,
)


def write(folder: Path, downloads: Path) -> str:
    try:
        from resvg_py import svg_to_bytes
    except ImportError as error:
        raise missing_extra("resvg-py", "icons") from error
    rows = []
    for vendor, icons in (("mdi", _mdi(downloads)), ("lucide", _lucide(downloads))):
        (folder / vendor).mkdir()
        for icon in icons:
            image = f"{vendor}/{icon['concept']}.png"
            drawing = icon["drawing"]
            (folder / image).write_bytes(
                svg_to_bytes(svg_string=drawing, width=SIZE, height=SIZE, skip_system_fonts=True)
            )
            rows.append({"image": image, "vendor": vendor} | icon)
        print(f"{len(icons)} pictures of {vendor}", flush=True)
    keys = [(row["concept"], row.pop("drawing")) for row in rows]
    families = _joined(
        [(row["family"], key) for row, pair in zip(rows, keys, strict=True) for key in pair]
    )
    for row in rows:
        row["family"] = families[row["family"]]
    write_lines(folder / "pictures.jsonl", rows)
    return f"{len(rows)} icons of two vendors"


def _icon(name: str, base: str, others: list[str], keywords: list[str], svg: str) -> dict[str, Any]:
    """The first word of the name that it is derived from is its family: arrow-up, arrow-down."""
    return {
        "concept": name,
        "captions": different(other.replace("-", " ") for other in [name, *others]),
        "keywords": keywords,
        "family": base.partition("-")[0],
        "label": keywords[0] if keywords else None,
        "drawing": svg,
    }


def _mdi(downloads: Path) -> list[dict[str, Any]]:
    files = _npm.files(MDI, r"/meta\.json$|/svg/", downloads)
    icons = json.loads(files["package/meta.json"])
    names = {icon["id"]: icon["name"] for icon in icons}
    return [
        _icon(
            icon["name"],
            names[icon["baseIconId"]],
            icon["aliases"],
            icon["tags"],
            _drawing(files[f"package/svg/{icon['name']}.svg"]),
        )
        for icon in icons
    ]


def _lucide(downloads: Path) -> list[dict[str, Any]]:
    """Names without tags are former ones: they have the drawing of a present one."""
    files = _npm.files(LUCIDE, r"/tags\.json$|/icons/.*\.svg$", downloads)
    tags = json.loads(files["package/tags.json"])
    former: dict[str, list[str]] = {}
    for file in sorted(files):
        name = Path(file).stem
        if file.endswith(".svg") and name not in tags:
            former.setdefault(_drawing(files[file]), []).append(name)
    icons = []
    for name, keywords in tags.items():
        svg = _drawing(files[f"package/icons/{name}.svg"])
        icons.append(_icon(name, name, former.get(svg, []), keywords, svg))
    return icons


def _drawing(svg: bytes) -> str:
    """An icon without its name, so that the same drawing is the same text."""
    return re.sub(r'\s(id|class)="[^"]*"', "", svg.decode("utf-8"))


def _joined(shared: list[tuple[str, str]]) -> dict[str, str]:
    """Families that share a drawing or a name are one, under the first one's name.

    >>> _joined([("alpha", "O"), ("numeric", "O"), ("alpha", "A")])
    {'alpha': 'alpha', 'numeric': 'alpha'}
    """
    name: dict[str, str] = {}
    first: dict[str, str] = {}  # of each drawing and each name
    for family, key in shared:
        old = name.setdefault(family, family)
        new = name[first.setdefault(key, family)]
        if old != new:
            name = {each: new if known == old else known for each, known in name.items()}
    return name
