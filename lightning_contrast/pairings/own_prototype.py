"""Pairing with the prototype of one's own class, against the rows of other classes."""

from lightning_contrast.config.part import Run, name_of
from lightning_contrast.errors import InputError
from lightning_contrast.pairings._compare import PROTOTYPE, both, equal, same_row
from lightning_contrast.pairings.pairing import Pairing
from lightning_contrast.types import Pairs, Rows


def own_prototype_pairs(anchors: Rows, candidates: Rows, alike: bool = False) -> Pairs:
    """The prototype of an anchor's class is its positive, rows of other labels are negatives; with
    ``alike`` rows of its label are positives too. Prototypes of other classes are neither.

    >>> import torch
    >>> label, role = torch.tensor([0, 0, 1, 0, 1]), torch.tensor([0, 0, 0, 3, 3])
    >>> rows = Rows(torch.eye(5), label, torch.arange(5), role, torch.arange(5))
    >>> pairs = own_prototype_pairs(rows, rows)
    >>> pairs.positive.int()[0].tolist(), pairs.negative.int()[0].tolist()
    ([0, 0, 0, 1, 0], [0, 0, 1, 0, 0])
    >>> own_prototype_pairs(rows, rows, alike=True).positive.int()[0].tolist()
    [0, 1, 0, 1, 0]
    """
    prototype = (candidates.role == PROTOTYPE)[None]
    known = both(anchors.label >= 0, candidates.label >= 0)
    same = equal(anchors.label, candidates.label)
    other = ~same_row(anchors, candidates)
    positive = known & same & other
    return Pairs(positive if alike else positive & prototype, known & ~same & ~prototype)


class OwnPrototype(Pairing):
    """The prototype of the anchor's class against the rows of other classes.

    With ``candidates=[in_batch,prototypes]``. It is the pairing of ReACGAN (Kang et al. 2021,
    arXiv 2111.01118): rows of one class do not push each other apart. With ``alike`` they are drawn
    together too, as in ContraGAN (Kang and Park 2020, arXiv 2006.12681).

    >>> OwnPrototype()
    OwnPrototype(alike=False)
    """

    needs_labels = True
    by_label = True

    def __init__(self, alike: bool = False) -> None:
        self.alike = alike

    def check(self, run: Run) -> None:
        super().check(run)
        if not run.candidates.with_prototypes():
            raise InputError(
                f"pairing {name_of(self)} finds its positives among prototypes, and the candidates "
                "have none: set candidates=[in_batch,prototypes]"
            )

    def __call__(self, anchors: Rows, candidates: Rows) -> Pairs:
        return own_prototype_pairs(anchors, candidates, self.alike)
