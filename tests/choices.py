"""Every choice of a config group, built from its YAML: what shared tests run over."""

from pathlib import Path
from typing import Any

import yaml

from lightning_contrast.build import construct

CONF = Path(__file__).parent.parent / "conf"


def names(group: str) -> list[str]:
    """The YAMLs of a group, without their ending."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def config(group: str, name: str) -> dict[str, Any]:
    """The content of a choice's YAML."""
    return yaml.safe_load((CONF / group / f"{name}.yaml").read_text())


def build(group: str, name: str, **derived: Any) -> Any:
    """The part that a choice's YAML describes, with its defaults."""
    return construct(config(group, name), **derived)
