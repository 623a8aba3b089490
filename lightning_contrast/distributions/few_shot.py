"""A few rows of each class."""

from lightning_contrast.config.ranges import Count, Seed
from lightning_contrast.distributions.distribution import Distribution
from lightning_contrast.rows.few_shot import few_shot
from lightning_contrast.rows.training_rows import TrainingRows


class FewShot(Distribution):
    """Keeps ``per_class`` rows of each class, drawn by ``seed``: the rows of ``source.per_class``.

    Unlabelled rows go. Raises ``InputError`` for a class with fewer rows.

    >>> from lightning_contrast.data.prepare import prepare
    >>> from lightning_contrast.sources.digits import Digits
    >>> prepare(Digits(), distribution=FewShot(per_class=3)).counts["train"]
    30
    """

    def __init__(self, per_class: Count = 8, seed: Seed = 0) -> None:
        self.per_class, self.seed = per_class, seed

    def __call__(self, rows: TrainingRows) -> TrainingRows:
        return few_shot(rows, self.per_class, self.seed, "distribution.per_class")
