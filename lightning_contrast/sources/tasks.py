"""Several sources in one run, each a task of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import accumulate, chain
from typing import Any, ClassVar

import numpy as np

from lightning_contrast.config.part import name_of
from lightning_contrast.errors import InputError
from lightning_contrast.files.images import JoinedImages
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled

OF_ALL = ("fractions", "split_salt", "per_class", "min_rows")
JOINED: dict[str, Any] = {"text": lambda parts: list(chain(*parts)), "image": JoinedImages}


@dataclass(kw_only=True)
class Tasks(Source):
    """The rows of several sources, with the classes of each as a task: ``NAME/CLASS``.

    ``tasks``: sources by the name of their task, all of texts or all of images of one size. With
    ``head=tasks`` each task has a head of its own on the shared encoder. The split, ``per_class``,
    which copies are dropped and all else that sources share are as this source says, not as its
    parts do; ``label_case`` is of each. A row that two tasks have stays on one side, and may have a
    label in each. The attribute ``task`` says which task a row is of. Raises ``InputError`` for
    fewer than two tasks, sources of two modalities, of spans, boxes or sets of labels, images of
    two sizes, or an argument that belongs to this source.

    >>> from lightning_contrast.sources.bbc_news import BBCNews
    >>> Tasks(tasks={"news": BBCNews(), "again": BBCNews(per_class=8)})
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: source.tasks.again.per_class is of all tasks: set ...
    """

    modality: ClassVar[Any] = None  # each has that of its tasks
    tasks: Mapping[str, Any]

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.tasks) < 2:
            raise InputError(
                f"source.tasks must name two sources or more, got {[*self.tasks]}: set "
                "+source@source.tasks.news=bbc_news +source@source.tasks.mood=sentiment"
            )
        first = next(iter(self.tasks))
        self.modality = self.tasks[first].modality  # type: ignore[misc]
        for name, source in self.tasks.items():
            if source.modality not in JOINED or source.modality != self.modality:
                raise InputError(
                    f"source.tasks.{name} is {name_of(source)}, a source of {source.modality}s, "
                    f"and source.tasks.{first} is one of {self.modality}s: tasks are all of texts "
                    "or all of images; choose another one"
                )
            for field in fields(Source):
                if field.name in OF_ALL and getattr(source, field.name) != field.default:
                    raise InputError(
                        f"source.tasks.{name}.{field.name} is of all tasks: set "
                        f"source.{field.name} instead"
                    )

    def check_files(self) -> None:
        for source in self.tasks.values():
            source.check_files()

    def check_sent(self) -> None:
        for source in self.tasks.values():
            source.check_sent()

    def load(self) -> Labelled:
        parts = {name: source.loaded() for name, source in self.tasks.items()}
        for name, part in parts.items():
            if part.spans is not None or part.sets is not None or part.boxes is not None:
                raise InputError(
                    f"source.tasks.{name} has several labels a row, and a task has one: choose "
                    "another source"
                )
        rows = [len(part.label) for part in parts.values()]
        first = [0, *accumulate(rows)]
        known = [0, *accumulate(len(part.classes) for part in parts.values())]
        each = list(zip(parts.values(), first, known, strict=False))
        own = [
            np.arange(len(p.label)) if p.identity is None else p.identity for p in parts.values()
        ]
        paired = any(part.identity is not None for part in parts.values())
        groups = [0, *accumulate(int(part.group.max(initial=0)) + 1 for part in parts.values())]
        return Labelled(
            raw=JOINED[self.modality]([part.raw for part in parts.values()]),
            label=np.concatenate([np.where(p.label < 0, -1, p.label + k) for p, _, k in each]),
            classes=tuple(f"{name}/{c}" for name, part in parts.items() for c in part.classes),
            group=np.concatenate(
                [p.group + g for p, g in zip(parts.values(), groups, strict=False)]
            ),
            split=np.concatenate([part.split for part in parts.values()]),
            counts={f"{n}_{key}": v for n, p in parts.items() for key, v in p.counts.items()},
            identity=np.concatenate([o + f for o, f in zip(own, first, strict=False)])
            if paired
            else None,
            attributes={"task": np.repeat([*parts], rows)},
            weight=_weights([*parts.values()]),
        )

    def apart(self, labelled: Labelled, rows: np.ndarray) -> list[np.ndarray]:
        task = (labelled.attributes or {})["task"][rows]
        return [rows[task == name] for name in self.tasks]


def _weights(parts: Sequence[Labelled]) -> np.ndarray | None:
    """How much each row counts: 1 in a source that does not say."""
    if all(part.weight is None for part in parts):
        return None
    ones = [np.ones(len(part.label), dtype=np.float32) for part in parts]
    return np.concatenate(
        [o if p.weight is None else p.weight for p, o in zip(parts, ones, strict=True)]
    )
