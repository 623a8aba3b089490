"""Run folders as training leaves them, without the training."""

import json
from pathlib import Path
from typing import Any

import yaml


def write_run(
    folder: Path, words: dict[str, Any], accuracy: float | None, curve: tuple[float, ...] = ()
) -> Path:
    """A run with overrides, whose validation accuracy ended there (test: one point less)."""
    config = {
        "seed": 0,
        "name": folder.name,
        "metric": "validation/accuracy",
        "loss": {"_target_": f"x.{words.get('loss', 'supcon')}"},
        "optimizer": {"lr": 0.1},
        "study": {"trial": None},
    }
    if words.get("loss", "supcon") == "supcon":
        config["loss"]["temperature"] = 0.1
    for key, value in words.items():
        node, parts = config, key.split(".")
        for part in parts[:-1]:
            node = node[part]
        if key != "loss":
            node[parts[-1]] = value
    choices = {"loss": words.get("loss", "supcon"), "recipe": "supcon", "hydra/help": "default"}
    files = {
        "config.yaml": config,
        "overrides.yaml": [f"{key}={value}" for key, value in words.items()],
        "hydra.yaml": {"hydra": {"runtime": {"choices": choices}}},
    }
    (folder / ".hydra").mkdir(parents=True)
    for name, value in files.items():
        (folder / ".hydra" / name).write_text(yaml.safe_dump(value))
    if accuracy is not None:
        result = {"validation/accuracy": accuracy, "test/accuracy": accuracy - 0.01, "seed": 0}
        (folder / "result.json").write_text(json.dumps(result))
    if curve:
        (folder / "logs").mkdir()
        lines = ["epoch,step,validation/accuracy"]
        lines += [f"{epoch},{5 * epoch + 4},{value}" for epoch, value in enumerate(curve)]
        (folder / "logs" / "metrics.csv").write_text("\n".join(lines) + "\n")
    return folder
