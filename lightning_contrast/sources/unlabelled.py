"""Rows to predict: what a person has before there are labels."""

from pathlib import Path

from lightning_contrast.errors import InputError
from lightning_contrast.sources.paths import existing
from lightning_contrast.sources.table_files import read_table

TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".pq")


def read_unlabelled(
    path: str | Path, modality: str, text_column: str = "text", encoding: str = "utf-8"
) -> list[str]:
    """Texts of a file, or paths of images.

    Text: a table's ``text_column``, or every line of any other file. Image: the file itself, or
    every image below a folder, sorted.

    Raises:
        InputError: nothing there, or no such column.
    """
    source = existing(str(path), "input")
    if modality == "image":
        return [str(source)] if source.is_file() else _images(source)
    if source.is_dir():
        raise InputError(
            f"input {path} is a folder, but the checkpoint reads texts: give a file of texts"
        )
    if source.suffix.lower() in TABLES:
        cells = read_table(source, {"text_column": text_column}, encoding, None, '"')
        return ["" if text is None else str(text) for text in cells.columns["text_column"]]
    try:
        lines = source.read_text(encoding=encoding).splitlines()
    except UnicodeDecodeError as error:
        raise InputError(
            f"{source.name} is not {encoding} ({error.reason} at byte {error.start}): "
            "set encoding to what it is (latin-1, cp1252, utf-16, ...)"
        ) from error
    if not lines:
        raise InputError(f"input {path} is empty: it must hold at least one line of text")
    return lines


def _images(folder: Path) -> list[str]:
    from PIL import Image

    suffixes = Image.registered_extensions()
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in suffixes and p.is_file())
    if not found:
        raise InputError(f"input {folder} holds no images: give a folder that does, or one file")
    return [str(path) for path in found]
