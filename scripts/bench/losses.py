"""Losses: the engine against the floor of three matrix products and against the full matrix.

python scripts/bench/losses.py                     # B = 1024, 4096, 8192; a table, and losses.json
python scripts/bench/losses.py --batch 1024 --rounds 9 --losses supcon
"""

import argparse
import ctypes
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch.nn.functional import normalize

from lightning_contrast.engine import Contrast
from lightning_contrast.losses.cosine_margin import CosineMargin
from lightning_contrast.losses.info_nce import InfoNCE
from lightning_contrast.losses.pair_margin import PairMargin
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.losses.triplet_margin import TripletMargin
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.pairings.label import Label
from lightning_contrast.types import SLOTS, Rows

D, SAMPLES_PER_CLASS = 128, 4
METHODS = {  # pairing, miner, loss
    "supcon": (Label, KeepAll, SupCon),
    "info_nce": (Instance, KeepAll, InfoNCE),
    "cosine_margin": (Label, KeepAll, CosineMargin),
    "pair_margin": (Label, KeepAll, PairMargin),
    "triplet_margin": (Label, KeepAll, TripletMargin),
    "triplet_hardest": (Label, Hardest, TripletMargin),
}
FORMS = ("full", "eager", "compiled")
Step = Callable[[], object]


def make_rows(batch: int) -> Rows:
    """Two views of ``batch / 2`` samples, four rows a class."""
    generator = torch.Generator().manual_seed(0)
    embedding = normalize(torch.randn(batch, D, generator=generator)).requires_grad_()
    row = torch.arange(batch, dtype=torch.int32)
    sample, role = row % (batch // 2), row // (batch // 2)
    label = sample // (SAMPLES_PER_CLASS // 2)
    return Rows(embedding, label, sample, role, SLOTS * sample + role)


def floor(batch: int) -> Step:
    """The three products that no exact method avoids, in blocks of 512 rows."""
    x = make_rows(batch).embedding.detach()

    def step() -> None:
        a_gradient, c_gradient = torch.empty_like(x), torch.zeros_like(x)
        for start in range(0, batch, 512):
            rows = x[start : start + 512]
            similarity = rows @ x.T
            torch.mm(similarity, x, out=a_gradient[start : start + 512])
            c_gradient.addmm_(similarity.T, rows)

    return step


def method(name: str, form: str, batch: int, block_rows: int | None = None) -> Step:
    """Value and gradient of one loss: by the engine, or plainly on the full matrix."""
    pairing, miner, loss = (part() for part in METHODS[name])
    rows = make_rows(batch)
    engine = Contrast(pairing, miner, loss, block_rows, compile=form == "compiled")

    def step() -> None:
        rows.embedding.grad = None
        if form == "full":
            similarity = rows.embedding @ rows.embedding.T
            pairs = miner(similarity.detach(), pairing(rows, rows))
            total, weight = loss(similarity, pairs)
        else:
            total, weight = engine(rows, rows)
        (total / weight).backward()

    return step


def cpu_seconds(step: Step) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


def ratios(names: list[str], forms: list[str], batch: int, rounds: int) -> list[dict]:
    """Medians over rounds; each step is divided by a floor that ran just before it."""
    torch._dynamo.reset()  # or the second batch size is compiled for any size
    bottom = floor(batch)
    steps = {(name, form): method(name, form, batch) for name in names for form in forms}
    for step in (bottom, *steps.values()):
        step()
    seconds: dict[tuple[str, str], list[tuple[float, float]]] = {key: [] for key in steps}
    for _ in range(rounds):
        for key, step in steps.items():
            seconds[key].append((cpu_seconds(bottom), cpu_seconds(step)))
    return [
        {
            "batch": batch,
            "loss": name,
            "form": form,
            "milliseconds": 1e3 * statistics.median(own for _, own in pairs),
            "floor_milliseconds": 1e3 * statistics.median(base for base, _ in pairs),
            "ratio": statistics.median(own / base for base, own in pairs),
        }
        for (name, form), pairs in seconds.items()
    ]


def extra_memory(name: str, form: str, batch: int) -> int:
    """Bytes above what was there before the step, at its peak: as the kernel counts them."""
    command = [sys.executable, __file__, "--memory", name, form, str(batch)]
    # Without fixed thresholds glibc keeps what was freed, and the step's memory is there already.
    environment = os.environ | {
        "MALLOC_MMAP_THRESHOLD_": "65536",
        "MALLOC_TRIM_THRESHOLD_": "65536",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout)


def measure_memory(name: str, form: str, batch: int) -> int:
    """In a fresh process: a first step compiles and loads, then the high-water mark is reset."""
    step = method(name, form, batch)
    for _ in range(2):
        step()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = _status("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    step()
    return _status("VmHWM") - before


def _status(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return 1024 * int(line.split()[1])
    raise LookupError(field)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, nargs="+", default=[1024, 4096, 8192])
    parser.add_argument("--losses", nargs="+", choices=METHODS, default=list(METHODS))
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=list(FORMS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, default=Path("losses.json"))
    parser.add_argument("--memory", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.memory:
        name, form, batch = options.memory
        print(measure_memory(name, form, int(batch)))
        return
    records = []
    print("  batch  loss             form          ms   of floor    extra memory (allowed)")
    for batch in options.batch:
        allowed = (8 * batch * D * 4 + 8 * 2**20) / 2**20
        for record in ratios(options.losses, options.forms, batch, options.rounds):
            extra = extra_memory(record["loss"], record["form"], batch) / 2**20
            records.append(record | {"extra_mib": extra, "allowed_mib": allowed})
            print(
                f"{batch:7d}  {record['loss']:15s}  {record['form']:8s} "
                f"{record['milliseconds']:7.0f} {record['ratio']:10.2f} "
                f"{extra:10.1f} MiB ({allowed:.0f})",
                flush=True,
            )
        found = {"torch": torch.__version__, "records": records}
        options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
