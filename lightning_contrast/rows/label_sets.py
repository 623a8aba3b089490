"""Rows with several labels: each different set of labels is a class, which has a number.

So a row's label stays one number wherever rows are grouped, drawn, gathered and compared; and what
has to know the labels of a set looks them up.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.rows.labels import MISSING, encode_labels, label_name
from lightning_contrast.types import LabelSets

JOINED = "; "
NONE = "(none)"
LEVEL = "/"  # between the levels of a label


def label_set(
    cell: Any, where: str, column: str, separator: str = ";", missing: Sequence[str] = MISSING
) -> frozenset[str] | None:
    """The labels that a cell names: a list, or a text of several; None where it names no set.

    An empty list is a set without a label, an empty text is none. Raises ``InputError`` for an
    object, a list in a list, and zeros and ones in place of names.

    >>> sorted(label_set("red; round", "row 1", "tags")), label_set("", "row 1", "tags")
    (['red', 'round'], None)
    >>> label_set([], "row 1", "tags")
    frozenset()
    """
    if isinstance(cell, str):
        cell = cell.split(separator) if cell.strip() not in missing else None
    elif not isinstance(cell, list | tuple | set | np.ndarray):
        # One label, or none; of an object it says what is wrong.
        cell = None if label_name(cell, where, column, missing) is None else [cell]
    if cell is None:
        return None
    cell = list(cell)
    if any(isinstance(each, list | tuple | set | np.ndarray) for each in cell):
        raise InputError(
            f"{where}: {column!r} must be a list of labels, and it holds a list in a list, {cell}: "
            'give each row one list, such as ["red", "round"]'
        )
    if len(cell) > 2 and all(each in (0, 1) for each in cell):
        raise InputError(
            f"{where}: {column!r} must hold the names of the row's labels, and it has zeros and "
            f"ones, {cell[:8]}: put them in columns of their own and name these in "
            "source.label_columns=[red,round], or give a list of names"
        )
    names = (label_name(each, where, column, missing) for each in cell)
    return frozenset(name for name in names if name is not None)


def with_parents(labels: frozenset[str] | None) -> frozenset[str] | None:
    """The labels with those that contain them: ``sport/football`` also is ``sport``. Levels without
    a name, as in ``sport//football/``, are left out.

    >>> sorted(with_parents(frozenset(["sport/football/cup", "/art/"])))
    ['art', 'sport', 'sport/football', 'sport/football/cup']
    """
    if labels is None:
        return None
    steps = [[step for each in label.split(LEVEL) if (step := each.strip())] for label in labels]
    return frozenset(LEVEL.join(path[: i + 1]) for path in steps for i in range(len(path)))


def depths_of(labels: Sequence[str]) -> list[int]:
    """The level of each label, from 1.

    >>> depths_of(["sport", "sport/football"])
    [1, 2]
    """
    return [label.count(LEVEL) + 1 for label in labels]


def marked(cells: Sequence[Any], columns: Sequence[str], where: str) -> frozenset[str] | None:
    """The columns whose cell is 1, of several columns of 0 and 1.

    Raises ``InputError`` for another value.

    >>> sorted(marked(["1", 0, True], ["a", "b", "c"], "row 1"))
    ['a', 'c']
    """
    found = set()
    for cell, column in zip(cells, columns, strict=True):
        word = str(cell).strip().lower().removesuffix(".0")
        if word not in ("0", "1", "true", "false"):
            raise InputError(
                f"{where}: {column!r} must be 0 or 1, one of source.label_columns, got {cell!r}"
            )
        if word in ("1", "true"):
            found.add(column)
    return frozenset(found)


def encode_sets(
    found: Sequence[frozenset[str] | None],
) -> tuple[tuple[str, ...], np.ndarray, LabelSets]:
    """The names of the sets in a fixed order, the set of each row int64 ``(N,)``, and their labels.

    ``None`` is unlabelled, -1.

    >>> classes, label, sets = encode_sets([frozenset("ab"), frozenset("b"), None, frozenset()])
    >>> classes, label.tolist(), sets.names, sets.members.astype(int).tolist()
    (('(none)', 'a; b', 'b'), [1, 2, -1, 0], ('a', 'b'), [[0, 0], [1, 1], [0, 1]])
    """
    names, _ = encode_labels(sorted(set().union(*(each for each in found if each is not None))))
    number = {name: i for i, name in enumerate(names)}
    coded = [None if s is None else tuple(sorted(number[n] for n in s)) for s in found]
    different = sorted({each for each in coded if each is not None})
    members = np.zeros((len(different), len(names)), dtype=bool)
    for row, labels in enumerate(different):
        members[row, list(labels)] = True
    code = {labels: row for row, labels in enumerate(different)}
    label = [-1 if each is None else code[each] for each in coded]
    classes = tuple(JOINED.join(names[n] for n in labels) or NONE for labels in different)
    return classes, np.array(label, dtype=np.int64), LabelSets(names, members)


def renamed_sets(
    label: np.ndarray, sets: LabelSets, names: Sequence[str | None]
) -> tuple[tuple[str, ...], np.ndarray, LabelSets]:
    """What ``encode_sets`` gives for the rows with other names of their labels, None for those that
    are left out: equal sets become one.

    >>> sets = LabelSets(("A", "a", "b"), np.array([[True, False, True], [False, True, False]]))
    >>> classes, label, sets = renamed_sets(np.array([0, 1, -1]), sets, ["a", "a", None])
    >>> classes, label.tolist(), sets.names
    (('a',), [0, 0, -1], ('a',))
    """
    found = [
        frozenset(name for number in numbers if (name := names[number]) is not None)
        for numbers in sets.numbers()
    ]
    return encode_sets([None if number < 0 else found[number] for number in label.tolist()])


def rarest(label: np.ndarray, sets: LabelSets) -> np.ndarray:
    """The rarest label of each row's set ``(N,)``; rows without one have a number of their own.

    By it rows are drawn and shown where a row needs one label. -1 stays.

    >>> sets = LabelSets(("a", "b"), np.array([[True, False], [True, True], [False, False]]))
    >>> rarest(np.array([0, 0, 1, 2, -1]), sets).tolist()
    [0, 0, 1, 2, -1]
    """
    if not sets.members.size:
        return np.minimum(label, 0)
    sizes = sets.members[label[label >= 0]].sum(0)
    cost = np.where(sets.members, sizes, np.iinfo(np.int64).max)
    kind = np.where(sets.members.any(1), cost.argmin(1), len(sets.names))
    return np.append(kind, -1)[label]
