"""The base of projectors: features to the embedding, before it is normalised."""

from torch import nn

from lightning_contrast.config.part import Part


class Projector(Part, nn.Module, group="projector"):
    """``forward(features (r, f)) -> (r, d)``, with ``d`` in ``out_features``."""

    out_features: int
