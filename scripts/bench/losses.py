"""Losses: the engine against the floor, the full matrix, and pytorch-metric-learning.

python scripts/bench/losses.py                     # B = 1024, 4096, 8192; a table, and losses.json
python scripts/bench/losses.py --batch 1024 --rounds 9 --losses supcon
python scripts/bench/losses.py --batch 65536 --forms compiled --losses supcon --rounds 1
python scripts/bench/losses.py --device cuda --dtype bfloat16 --matmul high --batch 65536 262144
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
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import yaml
from pml import peers
from torch.nn.functional import normalize

from lightning_contrast.batch import SLOTS
from lightning_contrast.candidates.in_batch import InBatch
from lightning_contrast.candidates.prototypes import Prototypes
from lightning_contrast.candidates.store import Store
from lightning_contrast.config.construct import construct
from lightning_contrast.config.folder import conf_directory
from lightning_contrast.engine.blockwise import GPU_TILE
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.losses.loss import Loss
from lightning_contrast.miners.hardest import Hardest
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.drawn import Drawn
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.pairings.label import Label
from lightning_contrast.types import Rows

D, SAMPLES_PER_CLASS, CLASSES = 128, 4, 1000
LOSSES = sorted(path.stem for path in (conf_directory() / "loss").glob("*.yaml"))
NAMES = (*LOSSES, "triplet_hardest")
PAIRINGS = {"info_nce": Instance, "n_pairs": Instance, "angular": Drawn}
FORMS = ("full", "eager", "compiled", "pml")
# Without fixed thresholds glibc keeps what was freed, and a step's memory is there already.
RETURN = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "65536"}
WHERE: dict[str, Any] = {"device": "cpu", "dtype": torch.float32}
Step = Callable[[], object]


def make_rows(batch: int, classes: int | None = None) -> Rows:
    """Two views of ``batch / 2`` samples, four rows a class, or so many classes."""
    generator = torch.Generator().manual_seed(0)
    embedding = normalize(torch.randn(batch, D, generator=generator)).to(WHERE["device"])
    row = torch.arange(batch, dtype=torch.int32, device=WHERE["device"])
    sample, role = row % (batch // 2), row // (batch // 2)
    label = sample % classes if classes else sample // (SAMPLES_PER_CLASS // 2)
    leaf = embedding.to(WHERE["dtype"]).requires_grad_()
    return Rows(leaf, label, sample, role, SLOTS * sample + role)


def on_prototypes(loss: Loss) -> bool:
    return loss.on_prototypes or loss.anchors_are_prototypes


def make_loss(name: str, batch: int) -> Loss:
    """A loss with the defaults of its YAML."""
    path = conf_directory() / "loss" / f"{name.replace('hardest', 'margin')}.yaml"
    config = yaml.safe_load(path.read_text())
    return construct(config, classes=CLASSES, embedding_size=D).to(WHERE["device"])


def floor(name: str, batch: int) -> Step:
    """The three products that no exact method avoids, in blocks of 512 rows; on a GPU of more."""
    x = make_rows(batch).embedding.detach().float()
    loss = make_loss(name, batch)
    per_class = loss.per_class or 1
    others = torch.randn(CLASSES * per_class, D, device=x.device) if on_prototypes(loss) else x

    size = 512 if WHERE["device"] == "cpu" else max(512, GPU_TILE // len(others))

    def step() -> None:
        a_gradient, c_gradient = torch.empty_like(x), torch.zeros_like(others)
        for start in range(0, batch, size):
            rows = x[start : start + size]
            similarity = rows @ others.T
            torch.mm(similarity, others, out=a_gradient[start : start + size])
            c_gradient.addmm_(similarity.T, rows)

    return step


def method(name: str, form: str, batch: int, block_rows: int | None = None) -> Step:
    """Value and gradient of one loss: by the engine, plainly on the full matrix, or the peer's."""
    loss = make_loss(name, batch)
    proxies = on_prototypes(loss)
    rows = make_rows(batch, CLASSES if proxies else None)
    if form == "pml":
        return peer(name, rows)
    pairing, miner = PAIRINGS.get(name, Label)(), Hardest() if "hardest" in name else KeepAll()
    store: Store = InBatch()
    if proxies:
        store = Prototypes(CLASSES, D, loss.per_class or 1, loss.anchors_are_prototypes)
        store.to(WHERE["device"])
    engine = Contrast(pairing, miner, loss, block_rows, compile=form == "compiled")

    def step() -> None:
        rows.embedding.grad = None
        anchors, candidates = store(rows, rows)
        if form == "full":
            similarity = anchors.embedding.float() @ candidates.embedding.float().T
            pairs = miner(similarity.detach(), pairing(anchors, candidates))
            total, weight = loss(similarity, pairs)
        else:
            total, weight = engine(anchors, candidates)
        (total / weight).backward()

    return step


def peer(name: str, rows: Rows) -> Step:
    theirs = peers()[name](CLASSES, D)
    by_label = PAIRINGS.get(name, Label) is Label
    label = (rows.label if by_label else rows.index).long()

    def step() -> None:
        rows.embedding.grad = None
        theirs(rows.embedding, label).backward()

    return step


def seconds_of(step: Step) -> float:
    """CPU seconds; on another device, seconds on the wall until it is done."""
    clock = time.process_time if WHERE["device"] == "cpu" else time.perf_counter
    start = clock()
    step()
    if WHERE["device"] != "cpu":
        torch.accelerator.synchronize()
    return clock() - start


def ratios(
    name: str, forms: list[str], batch: int, rounds: int, block_rows: int | None = None
) -> list[dict]:
    """Medians over rounds; each step is divided by a floor that ran just before it."""
    torch._dynamo.reset()  # or the second batch size is compiled for any size
    bottom = floor(name, batch)
    forms = [form for form in forms if form != "pml" or name in peers()]
    steps = {form: method(name, form, batch, block_rows) for form in forms}
    bottom()
    for form in list(steps):
        try:
            steps[form]()
        except RuntimeError as error:  # a cube of pairs, or a full matrix, may be too large
            print(f"{batch:7d}  {name:19s}  {form:8s} fails: {str(error).splitlines()[0][-60:]}")
            del steps[form]
    seconds: dict[str, list[tuple[float, float]]] = {form: [] for form in steps}
    for _ in range(rounds):
        for form, step in steps.items():
            seconds[form].append((seconds_of(bottom), seconds_of(step)))
    return [
        {
            "batch": batch,
            "loss": name,
            "form": form,
            "milliseconds": 1e3 * statistics.median(own for _, own in pairs),
            "floor_milliseconds": 1e3 * statistics.median(base for base, _ in pairs),
            "ratio": statistics.median(own / base for base, own in pairs),
        }
        for form, pairs in seconds.items()
    ]


def extra_memory(name: str, form: str, batch: int) -> int:
    """Bytes above what was there before the step, at its peak: as the kernel counts them."""
    if WHERE["device"] != "cpu":
        step = method(name, form, batch)
        step()
        torch.accelerator.reset_peak_memory_stats()
        before = torch.accelerator.memory_allocated()
        step()
        return torch.accelerator.max_memory_allocated() - before
    command = [sys.executable, __file__, "--memory", name, form, str(batch)]
    done = subprocess.run(command, env=RETURN, capture_output=True, text=True, check=True)
    return int(done.stdout)


def measure(step: Step) -> int:
    """In a fresh process: a first step compiles and loads, then the high-water mark is reset."""
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
    parser.add_argument("--losses", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=["eager", "compiled"])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--dtype", default="float32", help="of the embeddings")
    parser.add_argument(
        "--matmul", default="highest", help="precision of float32 products on a GPU"
    )
    parser.add_argument("--block-rows", type=int, help="anchor rows a block")
    parser.add_argument("--json", type=Path, default=Path("losses.json"))
    parser.add_argument("--no-memory", action="store_true", help="leave the memory out: sooner")
    parser.add_argument("--memory", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", module="pytorch_metric_learning")
    WHERE.update(device=options.device, dtype=getattr(torch, options.dtype))
    if options.device != "cpu":
        torch.set_float32_matmul_precision(options.matmul)
    if options.memory:
        name, form, batch = options.memory
        print(measure(method(name, form, int(batch))))
        return
    records = []
    print("  batch  loss                 form          ms   of floor    extra memory (allowed)")
    for batch in options.batch:
        allowed = (8 * batch * D * 4 + 8 * 2**20) / 2**20
        for name in options.losses:
            for record in ratios(name, options.forms, batch, options.rounds, options.block_rows):
                extra = float("nan")
                if not options.no_memory:
                    extra = extra_memory(record["loss"], record["form"], batch) / 2**20
                records.append(record | {"extra_mib": extra, "allowed_mib": allowed})
                print(
                    f"{batch:7d}  {record['loss']:19s}  {record['form']:8s} "
                    f"{record['milliseconds']:7.0f} {record['ratio']:10.2f} "
                    f"{extra:10.1f} MiB ({allowed:.0f})",
                    flush=True,
                )
            found = {"torch": torch.__version__, "device": device_name(), "records": records}
            options.json.write_text(json.dumps(found, indent=1))


def device_name() -> str:
    return "cpu" if WHERE["device"] == "cpu" else torch.cuda.get_device_name()


if __name__ == "__main__":
    main()
