"""Rows to predict: what a person has before there are labels."""

from mimetypes import guess_type
from pathlib import Path

from lightning_contrast.errors import InputError
from lightning_contrast.sources.paths import existing
from lightning_contrast.sources.table_files import read_table, read_text

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
    source = existing(path, "input", folder=Path(path).expanduser().is_dir())
    if modality == "image":
        return [str(source)] if source.is_file() else _images(source)
    kind = "a folder" if source.is_dir() else "an image" if _is_image(source) else ""
    if kind:
        raise InputError(
            f"input {path} is {kind}, but the checkpoint reads texts: give a file of texts, or the "
            "checkpoint of an image classifier"
        )
    try:
        if source.suffix.lower() in TABLES:
            cells = read_table(source, {"text_column": text_column}, encoding, None, '"')
            texts = ["" if text is None else str(text) for text in cells.columns["text_column"]]
        else:
            texts = read_text(source, encoding).splitlines()
    except InputError as error:  # the same arguments belong to no source here
        raise InputError(str(error).replace("source.", "")) from error
    if not texts:
        raise InputError(f"input {path} is empty: it must hold at least one text")
    return texts


def _is_image(path: Path) -> bool:
    return (guess_type(path.name)[0] or "").startswith("image/")


def _images(folder: Path) -> list[str]:
    from PIL import Image

    suffixes = Image.registered_extensions()
    Image.init()  # else only the commonest formats are known
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in suffixes and p.is_file())
    if not found:
        raise InputError(f"input {folder} holds no images: give a folder that does, or one file")
    return [str(path) for path in found]
