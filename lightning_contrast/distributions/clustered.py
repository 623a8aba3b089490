"""Rows around a few centres of each class."""

import warnings

import numpy as np

from lightning_contrast.config.ranges import AboveZeroToOne, Count, Seed
from lightning_contrast.distributions._features import plain_features
from lightning_contrast.distributions.distribution import Distribution
from lightning_contrast.errors import InputError
from lightning_contrast.rows.training_rows import TrainingRows


class Clustered(Distribution):
    """Keeps of each class the ``fraction`` of its rows that are nearest to one of its centres.

    The centres are found by k-means, ``centres`` of them a class, in a fixed feature space of
    ``components`` dimensions: TF-IDF and singular vectors for texts, pixels and principal
    components for images. ``seed``: of both. ``ceil(fraction * rows)`` rows of a class remain,
    unlabelled rows go. Raises ``InputError`` for a fraction outside (0, 1], ``centres`` or
    ``components`` below 1, a class with fewer rows than centres.

    >>> from lightning_contrast.data.prepare import prepare
    >>> from lightning_contrast.sources.digits import Digits
    >>> prepare(Digits(per_class=10), distribution=Clustered(fraction=0.3)).counts["train"]
    30
    """

    def __init__(
        self,
        centres: Count = 1,
        fraction: AboveZeroToOne = 0.5,
        components: Count = 32,
        seed: Seed = 0,
    ) -> None:
        self.centres, self.fraction = centres, fraction
        self.components, self.seed = components, seed

    def __call__(self, rows: TrainingRows) -> TrainingRows:
        from threadpoolctl import threadpool_limits

        sizes = rows.sizes
        for number in rows.present[sizes[rows.present] < self.centres][:1]:
            raise InputError(
                f"distribution.centres={self.centres} asks for more centres than class "
                f"{rows.classes[number]!r} has training rows ({sizes[number]}): set "
                f"distribution.centres={sizes[rows.present].min()} or lower"
            )
        # In an order that depends on contents and seed alone. One thread: several add up in any
        # order, and each rank of a run has to find the same rows.
        position, _ = rows.places(f"clustered {self.seed}")
        with threadpool_limits(1):
            row = rows.row[position]
            features = plain_features(rows.raw, row, self.components, self.seed)
            ends = np.cumsum(sizes[rows.present])
            groups = np.split(np.arange(len(position)), ends[:-1])
            kept = [group[self._nearest(features[group])] for group in groups]
        return rows.kept(position[np.concatenate(kept)])

    def _nearest(self, features: np.ndarray) -> np.ndarray:
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning

        with warnings.catch_warnings():
            # Fewer different rows than centres: some centres are the same, which does no harm.
            warnings.simplefilter("ignore", ConvergenceWarning)
            means = KMeans(self.centres, n_init=4, random_state=self.seed)
            distance = means.fit_transform(features)
        order = np.argsort(distance.min(axis=1), kind="stable")
        return order[: int(np.ceil(self.fraction * len(order) - 1e-9))]
