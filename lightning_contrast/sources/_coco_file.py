"""Reads one JSON file in the form of COCO."""

import json
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from lightning_contrast.errors import InputError, listing
from lightning_contrast.files.decoding import upright_size
from lightning_contrast.sources._boxes import Boxed

LISTS = {"images": ("id", "file_name"), "annotations": ("image_id", "category_id", "bbox")}
LISTS["categories"] = ("id", "name")
SLACK = 1.0  # pixels by which rounding may put a border outside


class Annotated(NamedTuple):
    """An image with its boxes, and what is wrong with it, or ""."""

    path: Path
    boxes: list[Boxed]
    problem: str


class CocoFile(NamedTuple):
    """The images of a file, the names of its categories, and how many boxes of crowds it has."""

    images: list[Annotated]
    names: list[str]
    crowds: int


def annotated(file: Path, folder: Path) -> CocoFile:
    """The images of a file, which lie below ``folder``.

    Raises ``InputError`` where the file is no JSON, lacks one of its lists, or an entry lacks a
    key. What is wrong with an image is said of that image.
    """
    content = _read(file)
    names = {entry["id"]: str(entry["name"]) for entry in content["categories"]}
    sizes: dict[Any, tuple[float, float] | None] = {}
    paths: dict[Any, Path] = {}
    problems: dict[Any, str] = {}
    for entry in content["images"]:
        paths[entry["id"]] = path = folder / str(entry["file_name"])
        sizes[entry["id"]], problem = _size(entry, path)
        if problem:
            problems[entry["id"]] = f"{file.name}: image {entry['id']}: {problem}"
    boxes: dict[Any, list[Boxed]] = {key: [] for key in paths}
    crowds = 0
    for place, entry in enumerate(content["annotations"]):
        image, where = entry["image_id"], f"{file.name}: annotation {entry.get('id', place)}"
        if image not in paths:
            raise InputError(
                f"{where} is of image {image!r}, and there is no such image in the file: add the "
                "image, or take the annotation out"
            )
        if entry.get("iscrowd"):
            crowds += 1
        elif (size := sizes[image]) is not None:
            box, problem = _box(entry, size, names)
            if problem:
                problems.setdefault(image, f"{where}: {problem}")
            else:
                boxes[image].append(box)
    found = [Annotated(paths[key], boxes[key], problems.get(key, "")) for key in paths]
    return CocoFile(found, list(names.values()), crowds)


def _read(file: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{file} can't be read as JSON ({error}): export it again") from error
    for name, keys in LISTS.items():
        entries = content.get(name) if isinstance(content, dict) else None
        if not isinstance(entries, list):
            raise InputError(
                f"{file} must be an object with lists {', '.join(LISTS)}, and {name} is none: "
                "export it in the form of COCO"
            )
        for place, entry in enumerate(entries):
            missing = [key for key in keys if not isinstance(entry, dict) or key not in entry]
            if missing:
                raise InputError(
                    f"{file}: entry {place} of {name} must have {', '.join(keys)}, and "
                    f"{missing[0]} is missing: export it in the form of COCO"
                )
        ids = [str(entry["id"]) for entry in entries] if "id" in keys else []
        if len(set(ids)) < len(ids):
            twice = next(key for key, count in Counter(ids).items() if count > 1)
            raise InputError(
                f"{file}: two of {name} have id {twice}, so that nobody knows which one a box is "
                "of: give each its own id"
            )
    return content


def _size(entry: dict[str, Any], path: Path) -> tuple[tuple[float, float] | None, str]:
    """Width and height of an image, upright; None and what is wrong where there are none."""
    if not path.is_file():
        return None, f"{path} does not exist; the file names are below source.images"
    try:
        wide, high = upright_size(path)
    except Exception:  # Pillow's decoders raise a dozen kinds; examined and told later
        return None, ""
    told = (entry.get("width", wide), entry.get("height", high))
    if told != (wide, high):
        return None, (
            f"{path.name} has {wide} x {high} pixels, and the file says {told[0]} x {told[1]}"
        )
    return (wide, high), ""


def _box(
    entry: dict[str, Any], size: tuple[float, float], names: dict[Any, str]
) -> tuple[Boxed, str]:
    """A box as shares of its image, and what is wrong with it, or ""."""
    none: Boxed = (0.0, 0.0, 0.0, 0.0, "")
    (wide, high), given = size, entry["bbox"]
    numbers = isinstance(given, list) and len(given) == 4
    if not numbers or any(isinstance(x, bool) or not isinstance(x, int | float) for x in given):
        return none, f"bbox must be [left, top, width, height] in pixels, got {str(given)[:60]}"
    if entry["category_id"] not in names:
        return none, (
            f"category {entry['category_id']!r} is not in the file, which has "
            f"{listing([str(key) for key in names])}"
        )
    left, top, across, down = given
    right, bottom = left + across, top + down
    inside = -SLACK <= left < right <= wide + SLACK and -SLACK <= top < bottom <= high + SLACK
    if not inside:  # NaN too
        return none, (
            f"bbox {given} must lie in its image of {wide} x {high} pixels, its width and height "
            "above 0"
        )
    ends = (max(left, 0) / wide, max(top, 0) / high, min(right, wide) / wide)
    return (*ends, min(bottom, high) / high, names[entry["category_id"]]), ""
