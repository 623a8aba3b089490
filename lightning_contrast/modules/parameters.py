"""What the optimizer is told of each parameter."""

from typing import TYPE_CHECKING, Any

from torch import Tensor

if TYPE_CHECKING:
    from lightning_contrast.modules.classifier import ContrastiveClassifier


def parameter_groups(model: "ContrastiveClassifier") -> list[dict[str, Any]]:
    """The parameters that learn, grouped for an optimizer.

    Biases and gains (one dimension or none) have no weight decay; everything but the encoder has
    the learning rate times ``head_lr_factor``.
    """
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            key = (name.startswith("encoder."), parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    rate = getattr(model.optimizer, "keywords", {}).get("lr")
    settings: list[dict[str, Any]] = []
    for (in_encoder, decays), parameters in groups.items():
        settings.append({"params": parameters} | ({} if decays else {"weight_decay": 0.0}))
        if not in_encoder and rate is not None:
            settings[-1]["lr"] = rate * model.head_lr_factor
    return settings
