"""A projector whose anchors are asked to predict the others."""

from torch import Tensor

from lightning_contrast.batch import normalized
from lightning_contrast.config.part import Run
from lightning_contrast.config.ranges import Count
from lightning_contrast.errors import InputError
from lightning_contrast.projectors.mlp import MLPProjector
from lightning_contrast.types import Rows


class MLPPredictor(MLPProjector):
    """A perceptron, and a second one of the anchors' projections: BYOL's and SimSiam's predictor.

    Candidates are projections, anchors ``predictor(projection)``, both made unit vectors. The
    predictor has one hidden layer and learns with the projector; embeddings are projections. With
    ``candidates=momentum`` and ``loss=alignment`` it is BYOL (Grill et al. 2020, arXiv 2006.07733),
    with ``candidates=stop_gradient`` SimSiam (Chen and He 2020, arXiv 2011.10566); with
    ``loss=info_nce`` MoCo v3.

    Args:
        in_features, hidden_features, out_features, layers, batch_norm: of the projector, as in
            ``projector=mlp``; the predictor's hidden layer has batch norm too.
        predictor_features: width of the predictor's hidden layer; ``None`` for ``out_features``.

    >>> import torch
    >>> projector = MLPPredictor(16, out_features=8)
    >>> rows = Rows(torch.ones(3, 8), *torch.zeros(4, 3))
    >>> projector.asking(rows, projector(torch.rand(3, 16))).embedding.shape
    torch.Size([3, 8])
    """

    def __init__(
        self,
        in_features: Count,
        hidden_features: Count | None = None,
        out_features: Count = 128,
        layers: Count = 2,
        batch_norm: bool = True,
        predictor_features: Count | None = None,
    ) -> None:
        super().__init__(in_features, hidden_features, out_features, layers, batch_norm)
        self.predictor_features = predictor_features
        hidden = predictor_features or out_features
        self.predictor = MLPProjector(out_features, hidden, out_features, 2, batch_norm)

    @classmethod
    def check(cls, run: Run) -> None:
        if run.takes_lengths:
            raise InputError(
                "projector MLPPredictor predicts unit vectors, and engine.similarity="
                f"{run.similarity} compares embeddings of any length: set engine.similarity=cosine"
            )

    def asking(self, rows: Rows, projected: Tensor) -> Rows:
        return rows._replace(embedding=normalized(self.predictor(projected)))
