"""The name and the group of a W&B run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from lightning_contrast.config.naming import METHOD

UNTOLD = ("quiet", "name", "tags", "notes", "group", "job_type", "recipe", "source", "modality")
"""Overrides that are not added to a run's name: it has them already, or they change no result."""
LONGEST = 100


def name_run(config: dict[str, Any], hydra: Any) -> None:
    """Sets name and group of every W&B logger of a resolved config, unless the user did.

    The name is that of the config and the overrides that differ: between the jobs of a sweep, else
    from the defaults. The group is the sweep's folder. ``hydra``: the ``HydraConfig`` of the job.
    """
    swept = hydra.mode is not None and hydra.mode.name == "MULTIRUN"
    sweep = Path(hydra.sweep.dir)
    differs = varied(hydra.overrides.task, sweep) if swept else list(hydra.overrides.task)
    group = f"{sweep.parent.name}_{sweep.name}" if swept else None
    for logger in (config.get("logger") or {}).values():
        if str(logger.get("_target_", "")).endswith(".wandb_logger"):
            if logger["name"] == config["name"]:
                logger["name"] = full_name(config["name"], differs)
            logger["group"] = logger["group"] or group


def varied(overrides: Sequence[str], sweep: Path) -> list[str]:
    """The overrides of a job that are not the same in the whole sweep."""
    file = sweep / "multirun.yaml"
    if not file.is_file():
        return list(overrides)
    told = yaml.safe_load(file.read_text(encoding="utf-8"))["hydra"]["overrides"]["task"]
    same = [settled(override) for override in told]
    return [override for override in overrides if settled(override) not in same]


def settled(override: str) -> tuple[str, Any] | None:
    """Key and parsed value of an override; ``None`` for a sweep over several values.

    >>> settled("optimizer.lr=1e-3"), settled("seed=0,1")
    (('optimizer.lr', 0.001), None)
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser

    parsed = OverridesParser.create().parse_override(override)
    return None if parsed.is_sweep_override() else (parsed.key_or_group, parsed.value())


def full_name(name: str, differs: Sequence[str]) -> str:
    """A name followed by the overrides that it does not contain; a path is cut to its last part.

    >>> full_name("supcon_bbc_news", ["optimizer.lr=0.1", "source=table", "source.path=/a/b.csv"])
    'supcon_bbc_news optimizer.lr=0.1 source.path=b.csv'
    """
    told = []
    for override in differs:
        key, _, value = override.lstrip("+~").partition("=")
        if key in METHOD and value in name:
            continue
        if key not in UNTOLD and not key.startswith(("logger", "hydra")):
            told.append(f"{key}={value.rstrip('/').rpartition('/')[2] if '/' in value else value}")
    text = " ".join([name, *told])
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
