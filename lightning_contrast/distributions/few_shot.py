"""A few rows of each class."""

import numpy as np

from lightning_contrast.config.ranges import Count, Seed
from lightning_contrast.distributions.distribution import Distribution
from lightning_contrast.rows.few_shot import few_shot
from lightning_contrast.rows.training_rows import TrainingRows


class FewShot(Distribution):
    """Keeps ``per_class`` rows of each class, drawn by ``seed``: the rows of ``source.per_class``.

    All other rows go, or with ``unlabelled`` stay without their label, for methods that look at
    none. Of rows with several labels, each label has ``per_class`` at least (``rows.few_shot``).
    Raises ``InputError`` for a class with fewer rows.

    >>> from lightning_contrast.data.prepare import prepare
    >>> from lightning_contrast.sources.digits import Digits
    >>> prepare(Digits(), distribution=FewShot(per_class=3)).counts["train"]
    30
    """

    takes_sets = True

    def __init__(self, per_class: Count = 8, seed: Seed = 0, unlabelled: bool = False) -> None:
        self.per_class, self.seed, self.unlabelled = per_class, seed, unlabelled

    def __call__(self, rows: TrainingRows) -> TrainingRows:
        chosen = few_shot(rows, self.per_class, self.seed, "distribution.per_class")
        if not self.unlabelled:
            return chosen
        return rows._replace(label=np.where(np.isin(rows.row, chosen.row), rows.label, -1))
