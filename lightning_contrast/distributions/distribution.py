"""The base of distributions, and what came of shaping the training split by one."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from lightning_contrast.config.part import Part, name_of
from lightning_contrast.errors import InputError, listing
from lightning_contrast.rows.training_rows import TrainingRows


class Distribution(Part, ABC, group="distribution"):
    """Shapes the training split: gives some of its rows, or other labels for them.

    It draws by the rows' content keys and its own ``seed``, so that their order plays no part.
    """

    seed: Any = None
    """None where nothing is drawn."""

    takes_sets = False
    """It sees all labels of a row that has several; else the rarest of them, and it only says which
    rows are kept."""

    @abstractmethod
    def __call__(self, rows: TrainingRows) -> TrainingRows:
        """The rows that training gets."""


def shape(rows: TrainingRows, distribution: Distribution) -> tuple[TrainingRows, dict[str, float]]:
    """The rows that ``distribution`` makes of these, and the figures that say what it did.

    ``imbalance``: rows of the largest class over rows of the smallest one; ``noise_rate``: share of
    the rows that still have a label with another one than before; ``seed``: where the distribution
    has one; without labels neither of the first two. Raises ``InputError`` for a seed out of range,
    and if a class has no row any more.

    >>> from lightning_contrast.distributions.natural import Natural
    >>> rows = TrainingRows(np.arange(3), np.array([0, 0, 1]), np.arange(3), ("a", "b"), ["x"] * 3)
    >>> shape(rows, Natural())[1]
    {'imbalance': 2.0, 'noise_rate': 0.0}
    """
    seed = distribution.seed
    if distribution.takes_sets:
        shaped = distribution(rows)
    else:
        kept = distribution(rows.by_rarest())
        shaped = kept if rows.sets is None else rows.kept(np.searchsorted(rows.row, kept.row))
    sizes = shaped.label_sizes
    lost = np.flatnonzero((rows.label_sizes > 0) & (sizes == 0))
    if len(lost):
        raise InputError(
            f"distribution {name_of(distribution)} leaves no training row of "
            f"{listing([repr(rows.names[number]) for number in lost])}: make it milder "
            "(distribution=natural changes nothing), or add rows"
        )
    sizes = sizes[sizes > 0]
    before = rows.label[np.searchsorted(rows.row, shaped.row)]
    known = (before >= 0) & (shaped.label >= 0)  # one that is hidden is not wrong
    figures: dict[str, float] = {}
    if len(sizes):
        figures["imbalance"] = float(sizes.max() / sizes.min())
        figures["noise_rate"] = float((before != shaped.label)[known].mean()) if known.any() else 0
    if seed is not None:
        figures["seed"] = seed
    return shaped, figures
