"""What the optimizer is told of each parameter."""

from typing import TYPE_CHECKING, Any

from torch import Tensor

if TYPE_CHECKING:
    from lightning_contrast.modules.classifier import ContrastiveClassifier


def make_optimizer(model: "ContrastiveClassifier", clipped: bool) -> Any:
    """The model's optimizer; ``clipped``: the trainer clips its gradients."""
    optimizer: Any = model.optimizer(parameter_groups(model))
    if clipped:  # after they are unscaled: a fused step must not unscale as well
        optimizer._step_supports_amp_scaling = False
    return optimizer


def parameter_groups(model: "ContrastiveClassifier") -> list[dict[str, Any]]:
    """The parameters that learn, grouped for an optimizer.

    Biases and gains (one dimension or none) have no weight decay; everything but the encoder has
    the learning rate times ``head_lr_factor``.
    """
    rate: Any = getattr(model.optimizer, "keywords", {}).get("lr")
    groups: dict[tuple[float | None, bool], list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            scaled = rate is not None and not name.startswith("encoder.")
            key = (rate * model.head_lr_factor if scaled else rate, parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    settings: list[dict[str, Any]] = []
    for (lr, decays), parameters in groups.items():
        settings.append({"params": parameters} | ({} if decays else {"weight_decay": 0.0}))
        if lr is not None:
            settings[-1]["lr"] = lr
    return settings
