"""The name of a run: the method that was chosen, and the source."""

import re
from pathlib import Path
from typing import Any

import yaml

METHOD = (
    *("loss", "regulariser", "miner", "pairing", "candidates", "positives", "negatives", "view"),
    *("mix", "sampler", "distribution", "unit", "encoder", "projector", "head"),
)
"""Groups whose choices are part of the name if the user made them; the loss comes first."""
LONGEST = 100


def register() -> None:
    """Registers ``${run_name:}`` with OmegaConf."""
    from omegaconf import OmegaConf

    OmegaConf.register_new_resolver("run_name", _of_this_job, replace=True)


def run_name(hydra: Any) -> str:
    """The recipe, the user's choices that differ from it, and the source.

    If the loss is not the recipe's, the default recipe is left out of the name:
    ``loss=circle`` makes ``circle_bbc_news``, not ``supcon_circle_bbc_news``. ``hydra``: the
    ``HydraConfig`` of the job.
    """
    chosen = hydra.runtime.choices
    given = dict(_settled(word) for word in hydra.overrides.task)
    recipe = _recipe(hydra, chosen.get("recipe"))
    other_loss = chosen["loss"] != recipe.get("loss", chosen["loss"])  # also of a config file
    made = {**({"loss": chosen["loss"]} if other_loss else {}), **given}
    told = [made[g] for g in METHOD if g in made and made[g] != recipe.get(g)]
    asked = "recipe" in given or made.get("loss", recipe.get("loss")) == recipe.get("loss")
    origin = chosen.get("source") or chosen.get("environment")
    words = [chosen.get("recipe") if asked else None, *told, origin]
    clean = [re.sub(r"[^\w.-]+", "_", str(word)).strip("_") for word in words if word]
    return "_".join(clean)[:LONGEST]


def _of_this_job() -> str:
    from hydra.core.hydra_config import HydraConfig

    return run_name(HydraConfig.get())


def _settled(override: str) -> tuple[str, str]:
    """Key and value of an override; ``loss._target_=mine.Gap`` chooses the loss ``Gap``."""
    key, _, value = override.lstrip("+~").partition("=")
    group, target, _ = key.partition("._target_")
    return (group, value.rpartition(".")[2]) if target else (key, value)


def _recipe(hydra: Any, name: Any) -> dict[str, str]:
    """The choices of a recipe by group, read from its file."""
    for source in hydra.runtime.config_sources:
        file = Path(source.path) / "recipe" / f"{name}.yaml"
        if source.schema == "file" and file.is_file():
            defaults = yaml.safe_load(file.read_text(encoding="utf-8")).get("defaults", [])
            named = (entry for entry in defaults if isinstance(entry, dict))
            return {
                group.removeprefix("override ").lstrip("/"): choice
                for entry in named
                for group, choice in entry.items()
            }
    return {}
