"""Curves of several runs over the steps in the environment: python curves.py FOLDER OUTPUT.png.

FOLDER is that of a sweep. Runs that differ in the seed alone are one line: mean, and a band of one
standard deviation.
"""

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import yaml

from lightning_contrast.config.values import flat
from lightning_contrast.report.plots import read_curves
from lightning_contrast.report.style import colours, new_figure, save

NAMES = {"success": "goals reached", "spl": "SPL"}
OWN = ("seed", "name")


def worded(key: str, value: object) -> str:
    """A setting as it is written on the command line; a choice by its module."""
    if key.endswith("._target_"):
        return f"{key.removesuffix('._target_')}={str(value).split('.')[-2]}"
    return f"{key}={str(value).lower()}"


def main(folder: Path, output: Path) -> None:
    """Reads every ``metrics.csv`` below the folder, and draws."""
    runs = defaultdict(list)
    configs = {
        path.parents[1]: yaml.safe_load(path.read_text())
        for path in folder.glob("*/.hydra/config.yaml")
    }
    settings = {run: dict(flat(config)) for run, config in configs.items()}
    keys = {key for each in settings.values() for key in each if key not in OWN}
    told = [key for key in sorted(keys) if len({str(s.get(key)) for s in settings.values()}) > 1]
    for run, own in sorted(settings.items()):
        if (run / "result.json").is_file():
            label = ", ".join(worded(key, own.get(key)) for key in told)
            runs[label].append(read_curves(run / "logs/metrics.csv"))

    def draw():
        figure = new_figure(10, 3.8)
        for axes, (name, title) in zip(figure.subplots(1, 2), NAMES.items(), strict=True):
            for (label, found), colour in zip(runs.items(), colours(len(runs)), strict=True):
                steps = found[0]["environment_steps"][1]
                values = np.stack([curves[f"validation/{name}"][1] for curves in found])
                mean, sd = values.mean(0), values.std(0, ddof=min(1, len(found) - 1))
                axes.plot(steps, mean, color=colour, label=label or "agent")
                axes.fill_between(steps, mean - sd, mean + sd, color=colour, alpha=0.2, lw=0)
            axes.set_title(f"{title}, validation")
            axes.set_xlabel("steps in the environment")
            axes.set_ylim(0, 1)
            axes.grid()
        axes.legend(loc="lower right")
        return figure

    save(draw, output)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
