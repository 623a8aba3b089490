"""What the optimizer is told of each parameter."""

from collections.abc import Callable, Iterable
from typing import Any

from torch import Tensor

Named = Iterable[tuple[str, Tensor]]
Factor = Callable[[str], float]


def make_optimizer(
    factory: Callable[..., Any], parameters: Named, factor: Factor, clipped: bool
) -> Any:
    """The optimizer of these parameters; ``clipped``: the trainer clips their gradients."""
    rate: Any = getattr(factory, "keywords", {}).get("lr")
    optimizer: Any = factory(parameter_groups(parameters, rate, factor))
    if clipped:  # after they are unscaled: a fused step must not unscale as well
        optimizer._step_supports_amp_scaling = False
    return optimizer


def parameter_groups(parameters: Named, rate: float | None, factor: Factor) -> list[dict[str, Any]]:
    """The parameters that learn, grouped for an optimizer with this learning rate.

    Biases and gains (one dimension or none) have no weight decay. ``factor``: what the learning
    rate of a parameter is multiplied with, by its name.
    """
    groups: dict[tuple[float | None, bool], list[Tensor]] = {}
    for name, parameter in parameters:
        if parameter.requires_grad:
            key = (None if rate is None else rate * factor(name), parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    settings: list[dict[str, Any]] = []
    for (lr, decays), group in groups.items():
        settings.append({"params": group} | ({} if decays else {"weight_decay": 0.0}))
        if lr is not None:
            settings[-1]["lr"] = lr
    return settings
