"""Exact nearest neighbours against their matrix product: time, and memory beyond the inputs.

python scripts/bench/knn.py               # 60,000 x 128 against 10,000 queries, k = 20 and 200
python scripts/bench/knn.py --rounds 9 --gallery 20000
python scripts/bench/knn.py --length 3    # rows that have yet to be brought to length 1: features
"""

import argparse
import importlib.util
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import normalize

from lightning_contrast.metrics.neighbours import nearest

ROWS = 256  # of the product at a time: the whole would be 2.4 GB


def product(query: Tensor, gallery: Tensor) -> None:
    out = torch.empty(ROWS, len(gallery))
    for part in query.split(ROWS):
        torch.matmul(part, gallery.T, out=out[: len(part)])


def by_faiss(query: Tensor, gallery: Tensor, k: int) -> None:
    import faiss

    query, gallery = (normalize(rows, dim=1) for rows in (query, gallery))
    faiss.knn(query.numpy(), gallery.numpy(), k, metric=faiss.METRIC_INNER_PRODUCT)


def in_chunks(query: Tensor, gallery: Tensor, k: int) -> None:
    """The plain way: whole rows of similarities, and their top k."""
    for part in query.split(ROWS):
        (part @ gallery.T).topk(k, dim=1)


FORMS: dict[str, Callable[[Tensor, Tensor, int], object]] = {
    "product": lambda query, gallery, k: product(query, gallery),
    "plain top-k": in_chunks,
    "nearest": nearest,
}
if importlib.util.find_spec("faiss"):
    FORMS["faiss"] = by_faiss


def made(options: argparse.Namespace) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = (options.queries, options.width), (options.gallery, options.width)
    query, gallery = (torch.randn(shape, generator=generator) for shape in shapes)
    # In place: memory that making the inputs had needed would hide what a search needs.
    for rows in (query, gallery):
        rows.div_(rows.norm(dim=1, keepdim=True)).mul_(options.length)
    return query, gallery


def seconds(options: argparse.Namespace, k: int) -> dict[str, float]:
    """Medians of ratios to a product that ran just before."""
    query, gallery = made(options)
    ratios: dict[str, list[float]] = {name: [] for name in FORMS}
    for turn in range(options.rounds + 1):
        for name, form in FORMS.items():
            start = time.process_time()
            product(query, gallery)
            middle = time.process_time()
            form(query, gallery, k)
            if turn:  # the first one warms up
                ratios[name].append((time.process_time() - middle) / (middle - start))
    return {name: statistics.median(values) for name, values in ratios.items()}


def peak() -> int:
    """KiB that this process has had in memory at once (``ru_maxrss`` may be its parent's)."""
    found = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found is not None, "a Linux with /proc is needed"
    return int(found.group(1))


def extra(name: str, k: int, options: argparse.Namespace) -> None:
    """Prints the MiB that one search needs beyond its inputs and results, in this process."""
    query, gallery = made(options)
    FORMS[name](query[:1], gallery[: 4 * k], k)  # what the libraries load is not the search's
    before = peak()
    FORMS[name](query, gallery, k)
    after = peak()
    results = len(query) * k * 12 / 1024
    print((after - before - results * (name in ("nearest", "faiss"))) / 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("queries", 10_000), ("gallery", 60_000), ("width", 128), ("rounds", 5)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--length", type=float, default=1, help="of every row")
    parser.add_argument("--k", type=int, nargs="+", default=[20, 200])
    parser.add_argument("--output", type=Path, default=Path("knn.json"))
    parser.add_argument("--extra", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.extra:
        extra(options.extra[0], int(options.extra[1]), options)
        return
    table = []
    print(f"{'':14}{'k':>5}{'of the product':>16}{'MiB':>8}")
    for k in options.k:
        for name, ratio in seconds(options, k).items():
            words = [sys.executable, __file__, *sys.argv[1:], "--extra", name, str(k)]
            memory = float(subprocess.check_output(words, text=True))
            table.append({"form": name, "k": k, "ratio": ratio, "mib": memory})
            print(f"{name:14}{k:5}{ratio:16.2f}{memory:8.0f}")
    options.output.write_text(json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    main()
