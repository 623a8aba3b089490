"""Projectors: from features to the space that the contrastive loss sees."""

from torch import Tensor, nn

from lightning_contrast.config.ranges import Count
from lightning_contrast.projectors.projector import Projector


class MLPProjector(Projector):
    """Perceptron with ReLU, as in SimCLR (Chen et al. 2020, arXiv 2002.05709).

    ``(r, f) -> (r, d)``; no hidden layer makes it linear. The classifier reads the features before
    it, which keep what the contrastive loss is invariant to.

    Args:
        in_features: feature width ``f``.
        hidden_features: width of the hidden layers; ``None`` for ``f``.
        out_features: embedding width ``d``.
        layers: linear layers, at least 1.
        batch_norm: batch normalisation after each hidden linear layer.

    Raises:
        InputError: there is no layer.

    >>> import torch
    >>> MLPProjector(16, out_features=8)(torch.zeros(3, 16)).shape
    torch.Size([3, 8])
    """

    def __init__(
        self,
        in_features: Count,
        hidden_features: Count | None = None,
        out_features: Count = 128,
        layers: Count = 2,
        batch_norm: bool = False,
    ) -> None:
        super().__init__()
        self.in_features, self.hidden_features = in_features, hidden_features
        self.out_features, self.layers, self.batch_norm = out_features, layers, batch_norm
        width: int = in_features
        steps: list[nn.Module] = []
        for _ in range(layers - 1):
            hidden = hidden_features or in_features
            steps.append(nn.Linear(width, hidden, bias=not batch_norm))
            steps += [nn.BatchNorm1d(hidden)] if batch_norm else []
            steps.append(nn.ReLU(inplace=True))
            width = hidden
        self.network = nn.Sequential(*steps, nn.Linear(width, out_features))

    def forward(self, features: Tensor) -> Tensor:
        return self.network(features)

    def steps(self) -> list[nn.Module]:
        return [*self.network]
