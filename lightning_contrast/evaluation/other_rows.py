"""Rows of another source, on which a trained classifier is tested."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from lightning_contrast.config.construct import construct
from lightning_contrast.config.folder import conf_directory
from lightning_contrast.data.relabel import renumbered
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.rows.duplicates import content_keys
from lightning_contrast.rows.split_names import PARTNER
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

Other = str | Mapping[str, Any] | Source
"""A choice of the ``source`` group; a config of arguments that differ from the run's own source, or
(with a ``_target_``) of another source; or a source itself."""

Others = Mapping[str, Other] | Sequence[str] | None
"""Other sources by name, as figures name them; a list holds choices of the group."""


class OtherRows(NamedTuple):
    """All rows of ``source``, and the numbers of those that are tested, int64 ``(N,)``.

    ``copies`` and ``seen``: how many were left out because they repeat another row, or a row that
    was trained on.
    """

    source: Labelled
    rows: np.ndarray
    copies: int
    seen: int


def named(others: Others) -> dict[str, Other]:
    """
    >>> named(["digits"]), named(None)
    ({'digits': 'digits'}, {})
    """
    if others is None or isinstance(others, Mapping):
        return dict(others or {})
    return {name: name for name in others}


def other_rows(
    subject: Subject, other: Other, name: str, most: int, same_classes: bool = True
) -> OtherRows:
    """The rows of another source, of any split, without copies and without rows trained on.

    ``most``: if there are more rows, this many are drawn with the run's seed. ``same_classes``:
    only rows with a label count, and labels are renumbered to the classifier's classes by name.

    Raises:
        InputError: there is no such source, or it has another modality, other classes, or no rows.
    """
    source = other_source(other, subject.config["source"])
    if source.modality != subject.modality.name:
        raise InputError(
            f"source {name!r} holds {source.modality}s and the classifier reads "
            f"{subject.modality.name}s: name another source"
        )
    labelled = source.loaded()
    rows = np.flatnonzero(labelled.split != PARTNER)
    if same_classes:
        labelled = renumbered(labelled, subject.classes, f"source {name!r}")
        rows = rows[labelled.label[rows] >= 0]
    keys = content_keys(labelled.raw)[rows]
    _, first = np.unique(keys, return_index=True)
    kept = np.sort(first)
    fresh = kept[~np.isin(keys[kept], _trained_keys(subject))]
    if not len(fresh):
        raise InputError(
            f"source {name!r} has no row to test on: of {len(rows)} rows all were trained on or "
            "have no label; name another source"
        )
    chosen = rows[subject.drawn(fresh, most)]
    return OtherRows(labelled, chosen, len(rows) - len(kept), len(kept) - len(fresh))


def _trained_keys(subject: Subject) -> np.ndarray:
    """Content hashes of the rows that the classifier was trained on, uint64."""
    splits = subject.datamodule.splits
    assert splits is not None
    if not subject.trained_on:  # the subject's rows are not the run's
        return np.array([], dtype=np.uint64)
    return content_keys(subject.rows.raw)[splits.train]


def other_source(other: Other, own: Mapping[str, Any]) -> Source:
    """The source that ``other`` describes; ``own`` is the config of the run's source.

    >>> own = {"_target_": "lightning_contrast.sources.digits.Digits", "split_salt": ""}
    >>> other_source({"split_salt": "b"}, own).split_salt
    'b'
    """
    if isinstance(other, str):
        return construct(_choice(other))
    if isinstance(other, Mapping):
        return construct(other if "_target_" in other else {**own, **other})
    return other


def _choice(name: str) -> dict[str, Any]:
    folder = conf_directory() / "source"
    path = folder / f"{Path(name).name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(choice.stem for choice in folder.glob("*.yaml")))
        raise InputError(
            f"there is no source {name!r}: name one of {known}, or give what differs from the "
            "run's own source, such as {path: other.csv}"
        )
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    missing = [key for key, value in config.items() if value == "???"]
    if missing:
        raise InputError(
            f"source {name!r} needs {missing[0]}: give it as "
            f"{{_target_: {config['_target_']}, {missing[0]}: ...}} in place of its name"
        )
    return config
