"""As many rows of each class."""

from lightning_contrast.config.ranges import Count, Seed
from lightning_contrast.distributions.distribution import Distribution
from lightning_contrast.rows.few_shot import few_shot
from lightning_contrast.rows.training_rows import TrainingRows


class Uniform(Distribution):
    """Keeps as many rows of each class, drawn by ``seed``.

    ``per_class``: how many; None for as many as the smallest class has. Unlabelled rows go. Raises
    ``InputError`` for a class with fewer rows.

    >>> from lightning_contrast.data.prepare import prepare
    >>> from lightning_contrast.sources.bbc_news import BBCNews
    >>> prepare(BBCNews(), distribution=Uniform()).distribution["imbalance"]
    1.0
    """

    def __init__(self, per_class: Count | None = None, seed: Seed = 0) -> None:
        self.per_class, self.seed = per_class, seed

    def __call__(self, rows: TrainingRows) -> TrainingRows:
        smallest = int(rows.sizes[rows.present].min())
        each = smallest if self.per_class is None else self.per_class
        return few_shot(rows, each, self.seed, "distribution.per_class")
