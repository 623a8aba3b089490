"""Language models with and without the contrast of a text's tokens, by four decodings.

python experiments/text_generation/compare.py --seeds 0 1 2

Training is what run.yaml does. Every run is a line of --output; the tables are made of all lines
there.
"""

import argparse
import json
import statistics
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from lightning_contrast.config.folder import conf_directory
from lightning_contrast.training.run import train

HERE = Path(__file__).parent.resolve()
ARMS = {"mle": ["module.contrast_weight=0"], "simctg": []}
DECODINGS = ("held_out", "greedy", "top_k", "nucleus", "contrastive")
TOLD = ("repetition_2", "repetition_3", "repetition_4", "diversity", "coherence", "tokens")


def composed(*overrides: str) -> dict[str, Any]:
    """The resolved config of run.yaml."""
    search = f"hydra.searchpath=[file://{conf_directory()}]"
    with initialize_config_dir(str(HERE), version_base="1.3"):
        run = compose("run", [search, "logger=none", "quiet=true", *overrides])
    return OmegaConf.to_container(run, resolve=True, throw_on_missing=True)  # type: ignore


def run(arm: str, seed: int, folder: Path, more: list[str]) -> dict[str, Any]:
    """One line: what the protocol finds on the test, and CPU seconds."""
    result = train(composed(f"seed={seed}", *ARMS[arm], *more), folder / f"{arm}_{seed}")
    found = json.loads((folder / f"{arm}_{seed}/evaluation/metrics.json").read_text())
    own = {k.removeprefix("text_generation/"): v for k, v in found.items() if k[:5] == "text_"}
    return {"arm": arm, "seed": seed, "cpu_seconds": result["train/cpu_seconds"], **own}


def spread(values: Iterable[float]) -> str:
    """Mean and standard deviation."""
    known = list(values)
    more = f" ± {statistics.stdev(known):.3g}" if len(known) > 1 else ""
    return f"{statistics.mean(known):.3g}{more}"


def tables(lines: list[dict[str, Any]]) -> str:
    """A row for each arm, then one for each arm and decoding."""
    arms = list(dict.fromkeys(line["arm"] for line in lines))

    def cells(arm: str, keys: Iterable[str]) -> str:
        own = [line for line in lines if line["arm"] == arm]
        return " | ".join(spread(line[key] for line in own) for key in keys)

    shown = ["| | perplexity | anisotropy | CPU s |", "|---|---|---|---|"]
    shown += [
        f"| {arm} | {cells(arm, ('perplexity', 'anisotropy', 'cpu_seconds'))} |" for arm in arms
    ]
    shown += ["", f"| | {' | '.join(TOLD)} |", "|---" * (len(TOLD) + 1) + "|"]
    shown += [
        f"| {arm}, {decoding} | {cells(arm, (f'{decoding}/{name}' for name in TOLD))} |"
        for arm in arms
        for decoding in DECODINGS
    ]
    return "\n".join(shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", choices=list(ARMS), default=list(ARMS))
    parser.add_argument("--output", type=Path, default=Path("runs/text_generation/results.jsonl"))
    parser.add_argument("more", nargs="*", help="further overrides of run.yaml")
    options = parser.parse_args()
    options.output.parent.mkdir(parents=True, exist_ok=True)
    for seed in options.seeds:
        for arm in options.only:
            line = json.dumps(run(arm, seed, options.output.parent, options.more))
            with options.output.open("a") as file:
                file.write(line + "\n")
    print(tables([json.loads(line) for line in options.output.read_text().splitlines()]))


if __name__ == "__main__":
    main()
