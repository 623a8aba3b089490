"""Wrong labels on some of the training rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from lightning_contrast.config.ranges import BelowOne, Seed
from lightning_contrast.distributions.distribution import Distribution
from lightning_contrast.errors import InputError, listing
from lightning_contrast.rows.content import salted
from lightning_contrast.rows.training_rows import TrainingRows


class LabelNoise(Distribution):
    """Gives ``round(rate * rows)`` rows of each class the label of another class.

    Symmetric where ``flips`` is None: any other class, each as likely. Else asymmetric: ``flips``
    maps a class to the one it is taken for, by name, and only the rows of these classes change.
    Rows and new labels are drawn by ``seed``; the rows of a lower rate are among those of a higher
    one. Unlabelled rows stay. Training, negatives and the neighbours of kNN see the wrong label,
    validation and test the right one.

    Raises ``InputError`` for a rate outside [0, 1), one class only, classes that are not there.

    Source: Patrini et al. 2017, arXiv:1609.03683.

    >>> rows = TrainingRows(np.arange(4), np.array([0, 0, 1, 1]), np.arange(4, dtype=np.uint64),
    ...                     ("cat", "dog"), ["w", "x", "y", "z"])
    >>> np.bincount(LabelNoise(0.5, flips={"cat": "dog"})(rows).label).tolist()
    [1, 3]
    """

    takes_sets = True

    def __init__(
        self, rate: BelowOne = 0.2, flips: Mapping[str, Any] | None = None, seed: Seed = 0
    ) -> None:
        if flips is not None and not (isinstance(flips, Mapping) and flips):
            raise InputError(
                f"distribution.flips must map names of classes to names of classes, got {flips!r}: "
                "set distribution.flips={cat:dog}, or null for symmetric noise"
            )
        self.rate, self.flips, self.seed = rate, flips, seed

    def __call__(self, rows: TrainingRows) -> TrainingRows:
        position, place = rows.places(f"label noise {self.seed}")
        many = np.floor(self.rate * rows.sizes + 0.5)
        moved = position[place < many[rows.label[position]]]
        if self.flips is None:
            chosen = self._any_other(rows, moved)
        else:
            target = self._targets(rows)
            moved = moved[target[rows.label[moved]] >= 0]
            chosen = target[rows.label[moved]]
        label = rows.label.copy()
        label[moved] = chosen
        return rows._replace(label=label)

    def _any_other(self, rows: TrainingRows, moved: np.ndarray) -> np.ndarray:
        present = rows.present
        if len(present) < 2:
            raise InputError(
                "distribution label_noise needs training rows of two classes or more, got "
                f"{[rows.classes[number] for number in present]}: set distribution=natural"
            )
        draw = salted(rows.key[moved], f"label noise class {self.seed}") % (len(present) - 1)
        own = np.searchsorted(present, rows.label[moved])
        return present[draw.astype(np.int64) + (draw >= own)]

    def _targets(self, rows: TrainingRows) -> np.ndarray:
        """What each class is taken for, ``(classes,)``, -1 where it keeps its rows."""
        number = {rows.classes[c]: int(c) for c in rows.present}
        target = np.full(len(rows.classes), -1)
        # A command line makes numbers of class names that look like them.
        for one, other in ((str(a), str(b)) for a, b in (self.flips or {}).items()):
            for name in (one, other):
                if name not in number:
                    raise InputError(
                        f"distribution.flips names a class {name!r} without training rows; those "
                        f"with rows are {listing(list(number), most=20)}: set "
                        "distribution.flips={A:B} with two of them"
                    )
            if one == other:
                raise InputError(
                    f"distribution.flips must name another class for {one!r}, got itself: leave "
                    "it out"
                )
            target[number[one]] = number[other]
        return target
