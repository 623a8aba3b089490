"""The same losses in pytorch-metric-learning 2.9, to run beside ours.

lightly and open_clip install a torchvision that breaks a CPU torch: their losses are full-matrix
formulas, which the form "full" of losses.py writes out (InfoNCE: lightly's NTXentLoss, open_clip's
ClipLoss, sentence-transformers' MultipleNegativesRankingLoss).
"""

from collections.abc import Callable
from typing import Any

from torch import Tensor


def peers() -> dict[str, Callable[[int, int], Any]]:
    """By our name: ``(classes, width) -> module(embedding, label)``."""
    from pytorch_metric_learning import losses, miners, reducers

    def mined(embedding: Tensor, label: Tensor) -> Tensor:
        return triplet(embedding, label, hardest(embedding, label))

    triplet, hardest = losses.TripletMarginLoss(margin=0.2), miners.BatchHardMiner()
    return {
        "supcon": lambda *_: losses.SupConLoss(temperature=0.1),
        "info_nce": lambda *_: losses.NTXentLoss(temperature=0.1),
        "multi_similarity": lambda *_: losses.MultiSimilarityLoss(alpha=2, beta=50, base=0.5),
        "circle": lambda *_: losses.CircleLoss(m=0.4, gamma=80),
        "pair_margin": lambda *_: losses.ContrastiveLoss(pos_margin=0, neg_margin=1),
        "lifted_structure": lambda *_: losses.GeneralizedLiftedStructureLoss(),
        "nca": lambda *_: losses.NCALoss(),
        "tuplet_margin": lambda *_: losses.TupletMarginLoss(),
        "fast_ap": lambda *_: losses.FastAPLoss(),
        "n_pairs": lambda *_: losses.NPairsLoss(),
        "triplet_margin": lambda *_: losses.TripletMarginLoss(
            margin=0.2, reducer=reducers.AvgNonZeroReducer()
        ),
        "triplet_hardest": lambda *_: mined,
        "proxy_anchor": losses.ProxyAnchorLoss,
        "normalized_softmax": losses.NormalizedSoftmaxLoss,
        "cos_face": losses.CosFaceLoss,
        "arc_face": losses.ArcFaceLoss,
        "sub_center_arc_face": lambda classes, width: losses.SubCenterArcFaceLoss(
            num_classes=classes, embedding_size=width
        ),
        "soft_triple": losses.SoftTripleLoss,
    }
