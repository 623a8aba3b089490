"""One encoder for each modality, into one space."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor, nn

from lightning_contrast.config.ranges import Count, NotNegative
from lightning_contrast.encoders.encoder import Encoder
from lightning_contrast.errors import InputError
from lightning_contrast.types import Mixed


class Towers(Encoder):
    """An encoder for each modality, each with a linear map into a space of ``width`` dimensions.

    ``Mixed (r) -> features (r, width)``: a row goes through the tower of its modality. With
    ``pairing=instance`` and InfoNCE this is CLIP (Radford et al. 2021, arXiv:2103.00020). A tower
    that is ``locked`` keeps its weights, runs without dropout and keeps no activations; its linear
    map learns: LiT (Zhai et al. 2021, arXiv:2111.07991).

    Args:
        towers: encoders by the name of their modality.
        width: of the joint space.
        locked: names of towers that do not learn.
        lr_factors: learning rate of a tower, relative to the encoder's; 1 where it has none.

    Raises:
        InputError: no towers, one for another modality, or a name that none has.

    >>> from lightning_contrast.encoders.bag import Bag
    >>> towers = Towers({"text": Bag(vocabulary_size=10, padding_index=0)}, width=4)
    >>> tokens = {key: torch.ones(2, 3).long() for key in ("input_ids", "attention_mask")}
    >>> import numpy as np
    >>> towers(Mixed({"text": tokens}, {"text": np.arange(2)})).shape
    torch.Size([2, 4])
    """

    modality = "mixed"
    inputs_can_move = False

    def __init__(
        self,
        towers: Mapping[str, Any],
        width: Count = 128,
        locked: Sequence[str] = (),
        lr_factors: Mapping[str, NotNegative] | None = None,
    ) -> None:
        super().__init__()
        _check(towers, locked, lr_factors or {})
        self.width = self.out_features = width
        self.locked, self.lr_factors = list(locked), lr_factors
        self.towers = dict(towers)
        self.encoders = nn.ModuleDict(self.towers)
        self.maps = nn.ModuleDict(
            {
                name: nn.Linear(tower.out_features, width, bias=False)
                for name, tower in towers.items()
            }
        )
        for weight in self.maps.parameters():  # at the start, angles are those of the features
            nn.init.orthogonal_(weight)
        self.sees_order = all(tower.sees_order for tower in towers.values())
        for name in locked:
            self.towers[name].requires_grad_(False)
        self.train()

    def train(self, mode: bool = True) -> "Towers":
        super().train(mode)
        for name in self.locked:
            self.towers[name].eval()
        return self

    def forward(self, inputs: Mixed) -> Tensor:
        return inputs.in_order({name: self.of(name, part) for name, part in inputs.parts.items()})

    def of(self, name: str, part: Any) -> Tensor:
        """Features ``(rows, width)`` of the inputs of one modality."""
        with torch.no_grad() if name in self.locked else nullcontext():
            features = self.towers[name](part)
        return self.maps[name](features)

    def alone(self, name: str) -> "Tower":
        """The encoder of one modality."""
        return Tower(self.encoders[name], self.maps[name], name)

    def lr_factor(self, parameter: str) -> float:
        name = parameter.split(".")[1]
        return (self.lr_factors or {}).get(name, 1.0)


class Tower(nn.Module):
    """One of the towers, with its map into the joint space."""

    def __init__(self, encoder: Any, into: nn.Module, modality: str) -> None:
        super().__init__()
        self.encoder, self.into, self.modality = encoder, into, modality
        self.out_features: int = into.out_features  # type: ignore[assignment]

    @property
    def context(self) -> int:
        """Tokens that it reads of a text, at most."""
        return int(getattr(self.encoder, "context", 2**31))

    def forward(self, inputs: Any) -> Tensor:
        return self.into(self.encoder(inputs))

    def merged(self) -> "Tower":
        """The tower as plain layers."""
        return Tower(self.encoder.merged(), self.into, self.modality)


def _check(
    towers: Mapping[str, Any], locked: Sequence[str], lr_factors: Mapping[str, float]
) -> None:
    if not towers:
        raise InputError(
            "encoder.towers must name an encoder for each modality, got none: set "
            "encoder@encoder.towers.image=convnet encoder@encoder.towers.text=transformer"
        )
    for name, tower in towers.items():
        if tower.modality not in (None, name):
            raise InputError(
                f"encoder.towers.{name} is {type(tower).__name__}, which reads {tower.modality}s: "
                f"set encoder@encoder.towers.{name} to an encoder of {name}s"
            )
        if tower.dense:
            raise InputError(
                f"encoder.towers.{name}.dense=true gives a vector for each place, and towers join "
                f"whole rows: set encoder.towers.{name}.dense=false"
            )
    for argument, named in (("locked", locked), ("lr_factors", lr_factors)):
        if unknown := sorted(set(named) - set(towers)):
            raise InputError(
                f"encoder.{argument} names {unknown[0]!r}, and the towers are "
                f"{', '.join(towers)}: name one of them"
            )
    if set(locked) >= set(towers):
        raise InputError(
            f"encoder.locked names every tower ({', '.join(locked)}), so that no encoder would "
            "learn: leave one out"
        )
