"""Classes by their names."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from lightning_contrast.batch import normalized
from lightning_contrast.errors import InputError
from lightning_contrast.metrics.similarity import OF_UNIT_VECTORS, Kind, factors
from lightning_contrast.modalities import modality_of
from lightning_contrast.types import Answer

TEMPLATES = ("{}", "a picture of {}")
TEMPERATURE = 0.05


class PromptHead(nn.Module):
    """Logits of features by the similarity of their embedding to a vector of each class.

    ``similarity`` is what the contrast compared (``metrics.similarity``): of unit vectors the
    cosine. The ``temperature`` is one of cosines; of longer vectors, the probabilities are more
    extreme. ``vectors (classes, d)`` are as ``Network.project`` gives them. Made by
    ``Network.prompted``; no checkpoint holds it.

    >>> import torch
    >>> head = PromptHead(nn.Identity(), torch.eye(2))
    >>> head(torch.tensor([[3.0, 0.0]])).tolist()
    [[20.0, 0.0]]
    """

    answer = Answer.CLASS
    takes_soft_targets = False
    refit = False
    names_classes = True

    def __init__(
        self,
        projector: nn.Module,
        vectors: Tensor,
        temperature: float = TEMPERATURE,
        similarity: Kind = "cosine",
    ) -> None:
        super().__init__()
        self.projector, self.temperature, self.similarity = projector, temperature, similarity
        self.register_buffer("vectors", vectors)

    def adopt(self, encoder: Any) -> None:
        """It shares no layer with the encoder."""

    def forward(self, features: Tensor) -> Tensor:
        vectors: Tensor = self.vectors  # type: ignore[assignment]
        embedding = self.projector(features)
        if self.similarity in OF_UNIT_VECTORS:
            return normalized(embedding) @ vectors.T / self.temperature
        own, of_classes = factors(self.similarity, embedding, vectors)
        return own @ of_classes.T / self.temperature


def prompt_head(
    network: Any,
    classes: Sequence[str],
    templates: Sequence[str],
    words: Mapping[str, Sequence[str]] | None = None,
) -> PromptHead:
    """The head of a network that knows classes by their names; raises as ``Network.prompted``."""
    if not modality_of(network.modality).reads_texts:
        raise InputError(
            "classes by name need a network that reads texts, and this one reads "
            f"{network.modality}s alone: give the checkpoint of a run with modality=mixed"
        )
    if len(classes) < 2:
        raise InputError(f"classes must name two or more, got {list(classes)}: [cat,dog]")
    if wrong := [each for each in templates if "{}" not in each] or ([] if templates else [""]):
        raise InputError(f"a template must hold {{}} for the class, got {wrong[0]!r}")
    if unknown := sorted(set(words or {}) - set(map(str, classes))):
        raise InputError(
            f"words names {unknown[0]!r}, which is none of the classes {list(classes)}"
        )
    said = [(words or {}).get(str(name)) or [str(name)] for name in classes]
    prompts = [[each.replace("{}", word) for word in own for each in templates] for own in said]
    vectors = network.embed([prompt for own in prompts for prompt in own]).split(
        list(map(len, prompts))
    )
    means = torch.stack([own.mean(0) for own in vectors])
    kind = network.similarity
    means = normalized(means) if kind in OF_UNIT_VECTORS else means
    return PromptHead(network.projector, means, similarity=kind).to(network.device)
