"""Whole runs for tests: composed as the command line does, small enough to take seconds."""

from pathlib import Path
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from tests.choices import CONF


def composed(*overrides: str, config: str = "train") -> dict[str, Any]:
    """The resolved config of a command's overrides."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        run = compose(config, [*overrides, "name=test"])
    return OmegaConf.to_container(run, resolve=True, throw_on_missing=True)  # type: ignore


def composed_experiment(folder: Path, name: str, *overrides: str) -> dict[str, Any]:
    """The resolved config of ``--config-dir folder --config-name name``."""
    search = f"hydra.searchpath=[file://{CONF}]"
    with initialize_config_dir(str(folder), version_base="1.3"):
        run = compose(name, [search, *overrides])
    return OmegaConf.to_container(run, resolve=True, throw_on_missing=True)  # type: ignore


def write_news(path: Path, rows: int = 90, classes: int = 3) -> Path:
    """A table of texts: made sentences of eight words, each class with words of its own."""
    generator = torch.Generator().manual_seed(0)
    lines = ["text,label"]
    for row in range(rows):
        numbers = torch.randint(40, (8,), generator=generator).tolist()
        lines.append(" ".join(f"w{row % classes}x{n}" for n in numbers) + f",class {row % classes}")
    path.write_text("\n".join(lines))
    return path
