"""Classes by their names."""

from torch import Tensor, nn

from lightning_contrast.batch import normalized

TEMPLATES = ("{}", "a picture of {}")
TEMPERATURE = 0.05


class PromptHead(nn.Module):
    """Logits of features by the cosine of their embedding to a vector of each class.

    ``vectors (classes, d)`` are unit vectors. Made by ``Network.prompted``; no checkpoint holds it.

    >>> import torch
    >>> head = PromptHead(nn.Identity(), torch.eye(2))
    >>> head(torch.tensor([[3.0, 0.0]])).tolist()
    [[20.0, 0.0]]
    """

    decides = True
    decides_sets = False
    of_places = False
    judges_realness = False
    takes_soft_targets = False
    refit = False

    def __init__(
        self, projector: nn.Module, vectors: Tensor, temperature: float = TEMPERATURE
    ) -> None:
        super().__init__()
        self.projector, self.temperature = projector, temperature
        self.register_buffer("vectors", vectors)

    def forward(self, features: Tensor) -> Tensor:
        vectors: Tensor = self.vectors  # type: ignore[assignment]
        return normalized(self.projector(features)) @ vectors.T / self.temperature
