"""The super-class of each row, from the name of its class or from the source's groups."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lightning_contrast.errors import InputError

USER = "sampler hierarchical"


def super_classes(
    labels: np.ndarray,
    groups: np.ndarray | None,
    classes: Sequence[str] | None,
    mapping: Mapping[str, str] | str | None,
) -> tuple[np.ndarray, list[Any]]:
    """The super-class ``0 .. S - 1`` of each row ``(N,)``, and the ``S`` names.

    ``mapping``: class name to super-class name; a text: what stands before it in a class's name is
    the super-class; None: ``groups (N,)`` are the super-classes. Raises
    ``InputError`` for a class without super-class, a name that is no class, and rows without
    groups.

    >>> kinds = {"cat": "animal", "van": "machine", "dog": "animal"}
    >>> super_classes(np.array([2, 0, 1]), None, ("cat", "van", "dog"), kinds)
    (array([0, 0, 1]), ['animal', 'machine'])
    """
    if mapping is None:
        if groups is None or len(np.unique(groups)) == len(groups):
            raise InputError(
                f"{USER} needs super-classes, but the source has no groups: set "
                "sampler.superclasses={class: super-class, ...}, or "
                "source.group_column to their column"
            )
        present, parent = np.unique(groups, return_inverse=True)
        return parent, present.tolist()
    present = np.unique(labels).tolist()
    known = [str(label) for label in range(present[-1] + 1)] if classes is None else list(classes)
    if isinstance(mapping, str):
        mapping = {known[label]: known[label].partition(mapping)[0] for label in present}
    for name in sorted(set(map(str, mapping)) - set(known))[:1]:
        raise InputError(
            f"{USER}: sampler.superclasses names {name!r}, which is no class: the classes are "
            f"{', '.join(known[:20])}{', ...' if len(known) > 20 else ''}"
        )
    by_name = {str(name): parent for name, parent in mapping.items()}
    for label in [label for label in present if known[label] not in by_name][:1]:
        raise InputError(
            f"{USER}: class {known[label]!r} has no super-class: add it to sampler.superclasses"
        )
    names, number = np.unique([str(by_name[known[c]]) for c in present], return_inverse=True)
    code = np.zeros(len(known), dtype=np.int64)
    code[present] = number
    return code[labels], names.tolist()
