"""The pair that the source has for a row."""

from dataclasses import dataclass

import numpy as np

from lightning_contrast.errors import InputError
from lightning_contrast.positives.positives import Positives


@dataclass(eq=False, repr=False)
class PairedPositives(Positives):
    """The positive of a row is its pair: an answer, another caption, a drawing of the photograph.

    The pair goes under the row's own index and label, so that ``pairing=instance`` takes the two
    for one another, as CLIP (Radford et al. 2021, arXiv 2103.00020) and multiple-negatives ranking
    (Henderson et al. 2017, arXiv 1705.00652) do. A row without a pair is its own, in another view.

    ``pairs (N,)``: position of the pair of each training row. Called with ``index (n,)`` and a
    generator, gives ``(n,)``. Raises ``InputError`` if the source has no pairs.

    >>> positives = PairedPositives(pairs=np.array([3, 4, 2]))
    >>> positives(np.array([2, 0]), np.random.default_rng(0)).tolist()
    [2, 3]
    """

    needs_pairs = True

    pairs: np.ndarray | None

    def __post_init__(self) -> None:
        if self.pairs is None:
            raise InputError(
                "positives paired needs rows with pairs, and this source has none: set "
                "source.pair_column (table, hugging_face) or source.pair_path (folder), or "
                "positives=view"
            )

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        assert self.pairs is not None
        return self.pairs[index]
