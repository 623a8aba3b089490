"""Whole runs for tests: composed as the command line does, small enough to take seconds."""

import copy
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import torch
from filelock import FileLock
from hydra import compose, initialize_config_dir
from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig

from lightning_contrast.config.resolved import resolved
from tests.choices import CONF


def composed(*overrides: str, config: str = "train") -> dict[str, Any]:
    """The resolved config of a command's overrides.

    Hydra composes the choices among them once for several tests; it sets the values in a copy.
    """
    parsed = OverridesParser.create().parse_overrides([*overrides, "name=test"])
    choices = tuple(each.input_line for each in parsed if _chooses(each))
    run = copy.deepcopy(_of_choices(config, choices))
    values = [each for each in parsed if not _chooses(each)]
    ConfigLoaderImpl._apply_overrides_to_config(values, run)
    return resolved(run)


def _chooses(override: Override) -> bool:
    """Whether Hydra needs it to compose: it names a group, or Hydra's own settings."""
    key = override.key_or_group
    return (CONF / key).is_dir() or "@" in str(override.input_line) or key.startswith("hydra")


@lru_cache(maxsize=8)
def _of_choices(config: str, choices: tuple[str, ...]) -> DictConfig:
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose(config, list(choices))


def composed_experiment(folder: Path, name: str, *overrides: str) -> dict[str, Any]:
    """The resolved config of ``--config-dir folder --config-name name``."""
    search = f"hydra.searchpath=[file://{CONF}]"
    with initialize_config_dir(str(folder), version_base="1.3"):
        run = compose(name, [search, *overrides])
    return resolved(run)


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
