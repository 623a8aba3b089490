"""The layers of a pretrained model: which are kept, and which learn."""

from typing import Any

from torch import nn

from lightning_contrast.errors import InputError


def layers_of(model: nn.Module) -> nn.ModuleList:
    """The layers of a model: its longest ``ModuleList``."""
    stacks = [part for part in model.modules() if isinstance(part, nn.ModuleList)]
    return max(stacks, key=len, default=nn.ModuleList())


def keep_first(model: Any, count: int) -> None:
    """Cuts off all layers of a model but its first ``count``."""
    layers = layers_of(model)
    if count > len(layers):
        raise InputError(
            f"encoder.layers must be at most the model's {len(layers)} layers, got {count}: set it "
            "to null to keep all"
        )
    del layers[count:]
    model.config.num_hidden_layers = count


def frozen(model: nn.Module, trainable: int) -> list[nn.Module]:
    """Parts of ``model`` before its top ``trainable`` layers, whose parameters it freezes.

    What comes after the layers (a last norm) learns with them.
    """
    if trainable < 0:
        return []
    parts, layers = list(model.modules()), layers_of(model)
    if trainable > len(layers):
        raise InputError(
            f"encoder.trainable_layers must be at most the model's {len(layers)} layers, "
            f"got {trainable}: set it to -1 to train everything"
        )
    before = parts[: parts.index(layers[-trainable])] if trainable else parts
    for part in before:
        for parameter in part.parameters(recurse=False):
            parameter.requires_grad_(False)
    return before
