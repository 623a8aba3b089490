"""Every choice of a config group, built from its YAML: what shared tests run over."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from lightning_contrast.config.construct import construct, locate
from lightning_contrast.config.part import Run
from lightning_contrast.rows.partners import Partners

CONF = Path(__file__).parent.parent / "conf"


def names(group: str) -> list[str]:
    """The YAMLs of a group, without their ending."""
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def config(group: str, name: str) -> dict[str, Any]:
    """The content of a choice's YAML; of a group that takes several, what stands below the name."""
    content = loaded(CONF / group / f"{name}.yaml")
    return content if "_target_" in content else content[name]


def loaded(file: Path) -> dict[str, Any]:
    """The content of a YAML, with the choices inside it that its defaults name."""
    content = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for entry in content.pop("defaults", []):
        for place, name in entry.items() if isinstance(entry, dict) else ():
            if not place.startswith("override"):
                group, _, key = place.removeprefix("/").partition("@")
                outer, _, inner = key.partition(".")
                content.setdefault(outer, {})[inner] = config(group, name)
    return content


def build(group: str, name: str, **derived: Any) -> Any:
    """The part that a choice's YAML describes, with its defaults."""
    return construct(config(group, name), **derived)


def run_of(**parts: Any) -> Run:
    """The choices of a run of eight images a batch: these parts, and plain ones for the rest."""
    classes = {
        "encoder": "convnet",
        "projector": "mlp",
        "head": "linear",
        "sampler": "class_balanced",
        "positives": "same_class",
        "negatives": "in_batch",
    }
    instances = {
        "view": "identity",
        "mix": "none",
        "pairing": "label",
        "miner": "keep_all",
        "loss": "supcon",
        "unit": "whole",
        "candidates": "in_batch",
    }
    plain: dict[str, Any] = {"modality": "image", "batch_size": 8}
    plain |= {group: locate(config(group, name)) for group, name in classes.items()}
    plain |= {group: build(group, name) for group, name in instances.items()}
    arguments = {group: {} for group in classes} | parts.pop("arguments", {})
    return Run(**plain | parts, arguments=arguments)


def drawn_from(labels: np.ndarray) -> dict[str, Any]:
    """What the data tells positives and negatives of training rows with these labels."""
    rows = np.arange(len(labels))
    texts = [f"word{row % 3} word{row % 5} word{row % 7} only{row}" for row in rows.tolist()]
    partners = Partners(rows + len(labels), rows, rows, np.ones_like(rows))
    none = np.zeros_like(rows)
    return {
        "labels": labels,
        "texts": texts,
        "identity": rows,
        "partners": partners,
        "ends": rows,
        "alike": (none[:0], none, none),  # moments of trajectories of one
    }
