"""What the optimizer is told of each parameter."""

from collections.abc import Callable, Iterable
from typing import Any

from torch import Tensor

ENCODER = "network.encoder."

Named = Iterable[tuple[str, Tensor]]


def make_optimizer(
    factory: Callable[..., Any], parameters: Named, head_lr_factor: float, clipped: bool
) -> Any:
    """The optimizer of these parameters; ``clipped``: the trainer clips their gradients."""
    rate: Any = getattr(factory, "keywords", {}).get("lr")
    optimizer: Any = factory(parameter_groups(parameters, rate, head_lr_factor))
    if clipped:  # after they are unscaled: a fused step must not unscale as well
        optimizer._step_supports_amp_scaling = False
    return optimizer


def parameter_groups(
    parameters: Named, rate: float | None, head_lr_factor: float
) -> list[dict[str, Any]]:
    """The parameters that learn, grouped for an optimizer with this learning rate.

    Biases and gains (one dimension or none) have no weight decay; everything but the encoder has
    the learning rate times ``head_lr_factor``.
    """
    groups: dict[tuple[float | None, bool], list[Tensor]] = {}
    for name, parameter in parameters:
        if parameter.requires_grad:
            scaled = rate is not None and not name.startswith(ENCODER)
            key = (rate * head_lr_factor if scaled else rate, parameter.ndim > 1)  # type: ignore[operator]
            groups.setdefault(key, []).append(parameter)
    settings: list[dict[str, Any]] = []
    for (lr, decays), group in groups.items():
        settings.append({"params": group} | ({} if decays else {"weight_decay": 0.0}))
        if lr is not None:
            settings[-1]["lr"] = lr
    return settings
