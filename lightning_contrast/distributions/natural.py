"""The training split as it is."""

from lightning_contrast.distributions.distribution import Distribution
from lightning_contrast.rows.training_rows import TrainingRows


class Natural(Distribution):
    """Changes nothing.

    >>> Natural()("any rows")
    'any rows'
    """

    takes_sets = True

    def __call__(self, rows: TrainingRows) -> TrainingRows:
        return rows
