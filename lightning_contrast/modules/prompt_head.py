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
    r"""Logits of features by the similarity of their embedding to vectors of each class.

    Of a class with the vectors ``v_1 .. v_m``, as near as those that are near:

    .. math:: \log \frac{1}{m} \sum_i e^{s(x, v_i) / t}

    ``counts``: vectors of each class, in order; none: one of each. ``vectors (sum of counts, d)``
    are as ``Network.project`` gives them, and ``similarity`` is what the contrast compared
    (``metrics.similarity``): of unit vectors the cosine. The ``temperature`` is one of cosines; of
    longer vectors, the probabilities are more extreme. Made by ``Network.prompted``; no checkpoint
    holds it.

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
        counts: Sequence[int] = (),
    ) -> None:
        super().__init__()
        self.counts = list(counts)
        self.projector, self.temperature, self.similarity = projector, temperature, similarity
        self.register_buffer("vectors", vectors)

    def adopt(self, encoder: Any) -> None:
        """It shares no layer with the encoder."""

    def forward(self, features: Tensor) -> Tensor:
        vectors: Tensor = self.vectors  # type: ignore[assignment]
        embedding = self.projector(features)
        if self.similarity in OF_UNIT_VECTORS:
            near = normalized(embedding) @ vectors.T / self.temperature
        else:
            own, of_classes = factors(self.similarity, embedding, vectors)
            near = own @ of_classes.T / self.temperature
        if not self.counts:
            return near
        sums = [part.logsumexp(1) for part in near.split(self.counts, dim=1)]
        return torch.stack(sums, 1) - near.new_tensor(self.counts).log()


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
    prompts = [each.replace("{}", word) for own in said for word in own for each in templates]
    means = network.embed(prompts).unflatten(0, (-1, len(templates))).mean(1)
    kind = network.similarity
    means = normalized(means) if kind in OF_UNIT_VECTORS else means
    counts = [] if words is None else list(map(len, said))
    return PromptHead(network.projector, means, similarity=kind, counts=counts).to(network.device)
