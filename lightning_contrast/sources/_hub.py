"""Data sets of the ``datasets`` library, from the hub or from disk, as rows with their splits."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lightning_contrast.errors import InputError, listing, missing_extra
from lightning_contrast.files.columns import places
from lightning_contrast.files.hub import asked_once
from lightning_contrast.rows.attributes import attribute
from lightning_contrast.rows.label_sets import encode_sets, label_set
from lightning_contrast.rows.labels import encode_labels, label_name
from lightning_contrast.rows.numbers import weight_of
from lightning_contrast.rows.split_names import UNDECIDED, split_number
from lightning_contrast.types import LabelSets


class HubRows(NamedTuple):
    """``rows``: a ``datasets.Dataset`` of N rows; ``split`` int8 ``(N,)``; ``counts``."""

    rows: Any
    split: np.ndarray
    counts: dict[str, int]


def read_hub(name: str, subset: str | None, revision: str | None) -> HubRows:
    """The rows of a hub name, a ``save_to_disk`` folder, a folder of files, or a Parquet file."""
    try:
        import datasets
    except ImportError as error:
        raise missing_extra("datasets", "hugging_face") from error
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
    if "://" in name:
        raise InputError(
            f"source.name must be a name on the hub or a path, and {name} is an address: give the "
            "name alone, such as OWNER/NAME, or download it"
        )
    path = Path(name).expanduser()
    try:
        if (path / "dataset_dict.json").is_file() or (path / "state.json").is_file():
            found = datasets.load_from_disk(str(path))
        elif path.is_file():
            found = datasets.load_dataset("parquet", data_files=str(path))
        else:
            with asked_once(str(path)):
                found = datasets.load_dataset(
                    str(path) if path.exists() else name, subset, revision=revision
                )
    except Exception as error:  # the library and its file readers raise many kinds
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"source.name: the data set {name!r} can't be loaded ({reason[:300]}): give a name on "
            "the Hugging Face hub (and a network), or the path of a local one"
        ) from error
    parts = dict(found) if isinstance(found, dict) else {"all": found}
    if len(parts) == 1:
        used = {UNDECIDED: next(iter(parts.values()))}
    else:
        used = {n: part for word, part in parts.items() if (n := split_number(word)) is not None}
    if not used:
        raise InputError(
            f"{name} must have a split called train, validation or test, or only one; it has "
            f"{listing(list(parts))}: save the ones you want under those names"
        )
    rows = datasets.concatenate_datasets(list(used.values()))
    split = np.repeat(np.array(list(used), dtype=np.int8), [len(part) for part in used.values()])
    left = sum(len(part) for part in parts.values()) - len(rows)
    return HubRows(rows, split, {"left_out": left} if left else {})


def hub_classes(
    rows: Any, column: str | None, name: str, missing: Sequence[str], multi_label: bool
) -> tuple[tuple[str, ...], np.ndarray, LabelSets | None]:
    """What ``hub_labels`` or ``hub_sets`` says of a column; without a column no row has a label.

    Raises ``InputError`` for a column in which no row has a label.
    """
    if column is None and multi_label:
        raise InputError(
            "source.multi_label reads source.label_column, which is null: name the column, or set "
            "source.multi_label=false"
        )
    if column is None:
        return (), np.full(len(rows), -1, dtype=np.int64), None
    if multi_label:
        return hub_sets(rows, column, name, missing)
    classes, label = hub_labels(rows, column, name, missing)
    if not (label >= 0).any():
        raise InputError(
            f"column {column!r} of {name} has no label in any row: set source.label_column to "
            "another, or to null for rows without labels"
        )
    return classes, label, None


def hub_labels(
    rows: Any, column: str, name: str, missing: Sequence[str]
) -> tuple[tuple[str, ...], np.ndarray]:
    """Class names and numbers of a column of ``ClassLabel``, or of any other values."""
    places(rows.column_names, {"label_column": column}, name)
    values = rows[column][:]
    names = getattr(rows.features[column], "names", None)
    if names is None:
        return encode_labels(
            [
                label_name(value, f"row {row} of {name}", column, missing)
                for row, value in enumerate(values, start=1)
            ]
        )
    return tuple(names), np.array([-1 if v is None else v for v in values], dtype=np.int64)


def hub_sets(
    rows: Any, column: str, name: str, missing: Sequence[str]
) -> tuple[tuple[str, ...], np.ndarray, LabelSets]:
    """The sets of labels of a column of sequences, of ``ClassLabel`` or of other values."""
    places(rows.column_names, {"label_column": column}, name)
    names = getattr(getattr(rows.features[column], "feature", None), "names", None)

    def named(cell: Any) -> Any:
        return cell if names is None or cell is None else [names[number] for number in cell]

    return encode_sets(
        [
            label_set(named(cell), f"row {row} of {name}", column, missing=missing)
            for row, cell in enumerate(rows[column][:], start=1)
        ]
    )


def hub_attributes(rows: Any, columns: Sequence[str], name: str) -> dict[str, np.ndarray]:
    """What evaluation groups rows by: texts ``(N,)`` of each column, of a ``ClassLabel`` its names.

    >>> import datasets
    >>> hub_attributes(datasets.Dataset.from_dict({"sex": ["f", None]}), ["sex"], "name")["sex"][1]
    np.str_('(none)')
    """
    found = {}
    for column in columns:
        places(rows.column_names, {"attribute_columns": column}, name)
        values, words = rows[column][:], getattr(rows.features[column], "names", None)
        if words is not None:
            values = [None if v is None or v < 0 else words[v] for v in values]
        found[column] = attribute(values)
    return found


def hub_weights(rows: Any, column: str | None, name: str) -> np.ndarray | None:
    """The weights of a column, float32 ``(N,)``; None without one.

    >>> import datasets
    >>> hub_weights(datasets.Dataset.from_dict({"sure": [1, 0.5]}), "sure", "name").tolist()
    [1.0, 0.5]
    """
    if column is None:
        return None
    places(rows.column_names, {"weight_column": column}, name)
    cells = enumerate(rows[column][:], start=1)
    found = [weight_of(cell, f"row {row} of {name}", column) for row, cell in cells]
    for _, problem in found:
        if problem:
            raise InputError(f"{problem}: mend it, or set source.weight_column=null")
    return np.array([weight for weight, _ in found], dtype=np.float32)


class EncodedColumn:
    """A column of images as the bytes (or the paths) of their files, read from disk on demand."""

    def __init__(self, rows: Any, column: str, name: str) -> None:
        import datasets

        if not isinstance(rows.features[column], datasets.Image):
            raise InputError(
                f"column {column!r} of {name} must hold images, it holds "
                f"{type(rows.features[column]).__name__}: set source.image_column to another"
            )
        self.column = column
        self.rows = rows.select_columns([column]).cast_column(column, datasets.Image(decode=False))

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> str | bytes:
        cell = self.rows[row][self.column]
        if cell is None:
            raise InputError("the cell is empty")
        return cell["bytes"] or cell["path"]
