"""Rows to predict, one at a time: what a person has before there are labels."""

import os
from collections.abc import Iterator
from pathlib import Path

from lightning_contrast.errors import InputError
from lightning_contrast.rows.paths import existing
from lightning_contrast.sources._row import Row
from lightning_contrast.sources._text_lines import STDIN, text_lines
from lightning_contrast.sources._text_rows import KINDS, text_rows
from lightning_contrast.sources.folder import image_suffixes


def unlabelled_rows(
    path: str | Path,
    modality: str,
    text_column: str = "text",
    id_column: str | None = None,
    encoding: str = "utf-8",
    kind: str | None = None,
    separator: str | None = None,
    quote: str | None = '"',
) -> Iterator[Row]:
    """The rows of an input, read as they are asked for: it may be larger than memory.

    Text: the lines of a file, or a column of a table; ``kind`` (lines, csv, tsv, jsonl, parquet)
    is told by the suffix if None, and ``separator`` by the kind. Image: one image, every image
    below a folder, in order. ``-`` is the standard input: lines of text (or another ``kind``), or a
    path of an image each.

    Raises:
        InputError: nothing there, no such column, a file of another kind. A row that can't be used
            is no error: it comes with its ``problem``.
    """
    if kind not in (None, *KINDS.values()):
        known = ", ".join(dict.fromkeys(KINDS.values()))
        raise InputError(f"kind must be one of {known}, or null for the suffix's, got {kind!r}")
    if str(path) != STDIN:
        path = existing(path, "input", folder=Path(path).expanduser().is_dir())
    if modality == "image":
        rows = _paths(path, encoding)
    else:
        marks = (separator, quote)
        rows = text_rows(path, text_column, id_column, encoding, kind, marks)
    empty = True
    try:
        for row in rows:
            empty = False
            yield row._replace(problem=row.problem.replace("source.", ""))
    except InputError as error:  # the same arguments belong to no source here
        raise InputError(str(error).replace("source.", "")) from error
    if empty:
        held = "image" if modality == "image" else "text"
        given = "the standard input" if str(path) == STDIN else f"input {path}"
        raise InputError(f"{given} is empty: it must hold at least one {held}")


def _paths(path: str | Path, encoding: str) -> Iterator[Row]:
    if not isinstance(path, Path):
        found: Iterator[str] = (line.strip() for line in text_lines(path, encoding))
    elif path.is_dir():
        found = _images(path)
    elif KINDS.get(path.suffix.lower(), "lines") != "lines":
        raise InputError(
            f"input {path} is a table, but the checkpoint reads images: give an image or a folder "
            "of them, or the checkpoint of a text classifier"
        )
    else:
        found = iter([str(path)])
    for number, name in enumerate(found, start=1):
        yield Row(number, name, name, "" if name else f"row {number}: the path is empty")


def _images(folder: Path) -> Iterator[str]:
    known = image_suffixes()
    none = True
    for top, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name[0] != ".")
        for name in sorted(files):
            if name[0] != "." and Path(name).suffix.lower() in known:
                none = False
                yield str(Path(top, name))
    if none:
        raise InputError(f"input {folder} holds no images: give a folder that does, or one file")
