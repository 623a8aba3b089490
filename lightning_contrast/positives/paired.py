"""The partner that the source has for a row."""

from dataclasses import dataclass

import numpy as np

from lightning_contrast.config.part import Run
from lightning_contrast.config.ranges import CountFromZero
from lightning_contrast.errors import InputError
from lightning_contrast.positives.positives import Positives
from lightning_contrast.rows.by_class import ByClass
from lightning_contrast.rows.partners import Partners


@dataclass(eq=False, repr=False)
class PairedPositives(Positives):
    """The positive of a row is its partner: an answer, a caption, a drawing of the photograph.

    A partner goes under the identity of its row, so that ``pairing=instance`` takes the two for one
    another, as CLIP (Radford et al. 2021, arXiv 2103.00020) and multiple-negatives ranking
    (Henderson et al. 2017, arXiv 1705.00652) do. Of several partners (captions) one is drawn. A row
    without one is its own, in another view. ``others``: so many further positives of each row,
    drawn among the other rows of its identity (pictures with one caption); alone: itself.

    ``partners``: see ``rows.partners``; ``identity (N,)``. Called with ``index (n,)`` and a
    generator, gives ``(n (1 + others),)``. Raises ``InputError`` if the source has no partners.

    >>> partners = Partners(*np.array([[8, 9], [0, 1], [0, 1], [1, 1]]))
    >>> positives = PairedPositives(partners, identity=np.array([0, 1]))
    >>> positives(np.array([1, 0]), np.random.default_rng(0)).tolist()
    [3, 2]
    """

    needs_pairs = True

    partners: Partners | None
    identity: np.ndarray | None
    others: CountFromZero = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.partners is None or self.identity is None:
            raise InputError(
                "positives paired needs rows with pairs, and this source has none: set "
                "source.pair_column (table, hugging_face) or source.pair_path (folder), or "
                "positives=view"
            )
        self.by_identity = ByClass(self.identity, "positives paired", "set positives=view")

    @classmethod
    def count(cls, run: Run) -> int:
        return 1 + int(run.arguments["positives"].get("others", 0))

    def __call__(self, index: np.ndarray, random: np.random.Generator) -> np.ndarray:
        assert self.partners is not None
        first, count = self.partners.first[index], self.partners.count[index]
        drawn = random.integers(np.maximum(count, 1)) if count.max(initial=0) > 1 else 0
        partner = np.where(count > 0, len(self.partners.first) + first + drawn, index)
        others = [self.by_identity.another(index, random) for _ in range(self.others)]
        return np.concatenate([partner, *others])
