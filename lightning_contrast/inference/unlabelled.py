"""Reads the rows to predict, one at a time."""

from collections.abc import Iterator
from pathlib import Path

from lightning_contrast.errors import InputError
from lightning_contrast.files.lines import STDIN
from lightning_contrast.files.paths import existing
from lightning_contrast.files.row import Row
from lightning_contrast.files.tables import Reading
from lightning_contrast.files.texts import KINDS
from lightning_contrast.modalities import modality_of


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
    """The rows of an input, read on demand: it may be larger than memory.

    Text: the lines of a file, or a column of a table. ``kind`` is lines, csv, tsv, jsonl or
    parquet; None takes it from the suffix. A ``separator`` of None is read off the header. Image:
    one image, or all images below a folder, in order. ``-`` is standard input: lines of text (or
    another ``kind``), or the path of an image in each line.

    Raises:
        InputError: there is no input, no such column, or a file of another kind. A bad row is no
            error: it comes with its ``problem``.
    """
    if kind not in (None, *KINDS.values()):
        known = ", ".join(dict.fromkeys(KINDS.values()))
        raise InputError(f"kind must be one of {known}, or null for the suffix's, got {kind!r}")
    if str(path) != STDIN:
        path = existing(path, "input", folder=Path(path).expanduser().is_dir())
    of = modality_of(modality)
    how = Reading(encoding, kind, separator, quote, first=100)
    rows = of.read(path, how, text_column=text_column, id_column=id_column)
    empty = True
    try:
        for row in rows:
            empty = False
            yield row._replace(problem=row.problem.replace("source.", ""))
    except InputError as error:  # here the arguments are keys of the command, not of a source
        raise InputError(str(error).replace("source.", "")) from error
    if empty:
        given = "the standard input" if str(path) == STDIN else f"input {path}"
        raise InputError(f"{given} is empty: it must hold at least one {of.name}")
