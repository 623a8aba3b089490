"""A tagger with and without the contrast of entity places, on the People's Daily.

python experiments/entities/compare.py --seeds 0 1 2
python experiments/entities/compare.py --only contrast --seeds 0

Training is what run.yaml does. Every result is a line of --output; the table is made of all lines
there.
"""

import argparse
import json
import statistics
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from lightning_contrast.config.folder import conf_directory
from lightning_contrast.training.run import train

HERE = Path(__file__).parent.resolve()
ARMS = {"cross_entropy": ["module.contrast_weight=0"], "contrast": []}
TOLD = ("f1", "f1/nr", "f1/ns", "f1/nt", "seen_recall", "unseen_recall", "borders_f1")


def composed(*overrides: str) -> dict[str, Any]:
    """The resolved config of run.yaml."""
    search = f"hydra.searchpath=[file://{conf_directory()}]"
    with initialize_config_dir(str(HERE), version_base="1.3"):
        run = compose("run", [search, "name=entities", "logger=none", *overrides])
    return OmegaConf.to_container(run, resolve=True, throw_on_missing=True)  # type: ignore


def run(arm: str, seed: int, folder: Path, more: list[str]) -> dict[str, Any]:
    """One line: strict F1 on validation, what the protocol finds on the test, CPU seconds."""
    config = composed("quiet=true", f"seed={seed}", *ARMS[arm], *more)
    result = train(config, folder / f"{arm}_{seed}")
    flat = json.loads((folder / f"{arm}_{seed}/evaluation/metrics.json").read_text())
    found = {name: 100 * flat[f"spans/{name}"] for name in TOLD}
    validation = 100 * result["validation/span_f1"]
    spent = result["train/cpu_seconds"]
    return {"arm": arm, "seed": seed, "validation": validation, **found, "cpu_seconds": spent}


def table(lines: list[dict[str, Any]]) -> str:
    """Mean and standard deviation of every column, an arm a row."""
    names = [name for name in lines[0] if name not in ("arm", "seed")]
    shown = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for arm in dict.fromkeys(line["arm"] for line in lines):
        cells = []
        for name in names:
            values = [line[name] for line in lines if line["arm"] == arm]
            spread = f" ± {statistics.stdev(values):.1f}" if len(values) > 1 else ""
            cells.append(f"{statistics.mean(values):.1f}{spread}")
        shown.append(f"| {arm} | {' | '.join(cells)} |")
    return "\n".join(shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--output", type=Path, default=Path("runs/entities/results.jsonl"))
    parser.add_argument("more", nargs="*", help="further overrides of run.yaml")
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:
        for arm in options.only:
            line = json.dumps(run(arm, seed, options.output.parent, options.more))
            with options.output.open("a") as file:
                file.write(line + "\n")
    print(table([json.loads(line) for line in options.output.read_text().splitlines()]))


if __name__ == "__main__":
    main()
