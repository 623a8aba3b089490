"""How soon a run is at its first step, and what all of it takes, against hand-written loops.

python scripts/bench/start.py            # a table of ratios, and start.json

BBC News from a CSV, 243 articles a class, ten epochs. Each form is a fresh process, in turns;
medians of CPU seconds of the process and its children, and of peak MiB. The hand-written loops
(plain_news.py) read the rows, count the words, train and test. They write no log, no report and no
checkpoint (Lightning's own aside), and have no validation.
"""

import argparse
import json
import os
import resource
import runpy
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TABLE = ("source=table", "source.split_column=split", "baselines=false")
FORMS = {
    "hand-written, torch": ("torch",),
    "hand-written, Lightning": ("lightning",),
    "ours": (),
    "ours, logger=csv": ("logger=csv",),
    "ours, logger=none": ("logger=none", "quiet=true"),
}


def peak() -> float:
    """Peak MiB of this process."""
    marks = Path("/proc/self/status").read_text().split("VmHWM:")[1]
    return int(marks.split()[0]) / 1024


def watched(form: str, folder: str, epochs: str) -> None:
    """In a fresh process: runs a form, and prints what its first step and all of it took."""
    from torch.optim.optimizer import register_optimizer_step_post_hook

    def first(*_: Any) -> None:
        handle.remove()
        found.update(first_step=time.process_time(), first_mib=peak())

    found: dict[str, float] = {}
    handle = register_optimizer_step_post_hook(first)
    words = FORMS[form]
    try:
        if form.startswith("hand"):
            sys.argv = ["", *words, folder, epochs]
            runpy.run_path(str(HERE / "plain_news.py"), run_name="__main__")
        else:
            from lightning_contrast.commands.cli import main

            given = [*TABLE, f"source.path={folder}/both.csv", f"trainer.max_epochs={epochs}"]
            sys.argv = ["", "train", *given, *words, f"hydra.run.dir={folder}/{time.time()}"]
            main()
    except SystemExit as ended:
        if ended.code:
            raise
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    found["all"] = sum(each.ru_utime + each.ru_stime for each in used)
    print("\n" + json.dumps({**found, "all_mib": peak()}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--epochs", default="10")
    parser.add_argument("--json", type=Path, default=Path("start.json"))
    asked = parser.parse_args()
    own = {"PYTHONPATH": f"{ROOT}:{ROOT}/lightning_contrast/plugin:{HERE}", "OMP_NUM_THREADS": "1"}
    environment = os.environ | own | {"WANDB_MODE": "offline"}
    found: dict[str, list[dict[str, float]]] = {form: [] for form in FORMS}
    with TemporaryDirectory() as folder:
        rows = [sys.executable, str(HERE / "peers/rows.py"), "texts", folder, "0", "243"]
        subprocess.run(rows, check=True, env=environment)
        for _ in range(asked.rounds):
            for form, runs in found.items():
                words = [sys.executable, __file__, form, folder, asked.epochs]
                done = subprocess.run(
                    words, env=environment, cwd=folder, capture_output=True, text=True
                )
                if done.returncode:
                    raise SystemExit(done.stderr)
                runs.append(json.loads(done.stdout.splitlines()[-1]))
    asked.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    kinds = ("first_step", "first_mib", "all", "all_mib")
    medians = {
        form: [statistics.median(run[kind] for run in runs) for kind in kinds]
        for form, runs in found.items()
    }
    base = medians["hand-written, Lightning"]
    print("| | first step, CPU s | of Lightning's | MiB | of it | all, CPU s | MiB |")
    print("|---|---|---|---|---|---|---|")
    for form, (step, mib, whole, most) in medians.items():
        cells = f"{step:.1f} | {step / base[0]:.2f} | {mib:.0f} | {mib / base[1]:.2f}"
        print(f"| {form} | {cells} | {whole:.1f} | {most:.0f} |")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in FORMS:
        watched(*sys.argv[1:])
    else:
        main()
