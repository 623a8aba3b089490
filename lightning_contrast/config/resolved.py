"""The values of a config, with nothing left to look up."""

from typing import Any

LISTS = ("callbacks", "candidates", "logger", "protocols", "regulariser")
"""Groups of which a run takes several choices."""


def resolved(config: Any) -> dict[str, Any]:
    """A config of Hydra as plain values. In groups of several choices null leaves one out.

    >>> from omegaconf import OmegaConf
    >>> resolved(OmegaConf.create({"name": "a", "logger": {"csv": {"every": 5}, "wandb": None}}))
    {'name': 'a', 'logger': {'csv': {'every': 5}}}
    """
    from omegaconf import OmegaConf

    plain: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    for group in LISTS:
        if isinstance(chosen := plain.get(group), dict):
            plain[group] = {name: choice for name, choice in chosen.items() if choice is not None}
    return plain
