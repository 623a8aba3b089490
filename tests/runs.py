"""Whole runs for tests: composed as the command line does, small enough to take seconds."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock
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


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first of pytest's processes that asks for it makes; the others wait.

    No test writes into it.
    """
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    with FileLock(f"{folder}.lock"):
        if not (folder / "made").exists():
            make(folder)
            (folder / "made").touch()
    return folder


def write_news(path: Path, rows: int = 90, classes: int = 3) -> Path:
    """A table of texts: made sentences of eight words, each class with words of its own."""
    generator = torch.Generator().manual_seed(0)
    lines = ["text,label"]
    for row in range(rows):
        numbers = torch.randint(40, (8,), generator=generator).tolist()
        lines.append(" ".join(f"w{row % classes}x{n}" for n in numbers) + f",class {row % classes}")
    path.write_text("\n".join(lines))
    return path
