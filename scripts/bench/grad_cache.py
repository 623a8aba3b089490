"""GradCache: a batch of 4096 images in the memory of 64, against accumulating the same images.

python scripts/bench/grad_cache.py                 # a table, and grad_cache.json
python scripts/bench/grad_cache.py --batch 1024 --chunk 32 --rounds 5

Both see as many images with the same encoder, one thread. Accumulating gives the gradient of 64
small contrasts; the cached batch that of one large contrast, for one more forward pass.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from losses import RETURN, measure
from torch.nn.functional import normalize

from lightning_contrast.encoders.convnet import ConvNet
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.engine.grad_cache import encode_in_chunks
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.label import Label
from lightning_contrast.types import Rows

PIXELS = 28
Step = Callable[[], object]


def make(form: str, batch: int, chunk: int) -> Step:
    """One step's gradient: ``cached``, ``accumulated``, or of one small batch."""
    torch.manual_seed(0)
    encoder = ConvNet(channels=1, image_size=PIXELS)
    contrast = Contrast(Label(), KeepAll(), SupCon(), compile=False)
    count = chunk if form == "small" else batch
    images = torch.rand(count, 1, PIXELS, PIXELS)

    def backward(features: torch.Tensor) -> None:
        number = torch.arange(len(features), dtype=torch.int32)
        rows = Rows(normalize(features), number % 10, number, number * 0, number)
        total, weight = contrast(rows, rows)
        (total / weight).backward()

    def step() -> None:
        encoder.zero_grad()
        if form == "cached":
            backward(encode_in_chunks(encoder, images, chunk))
            return
        for part in images.split(chunk):
            backward(encoder(part))

    return step


def seconds_of(step: Step) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


def peak(form: str, batch: int, chunk: int) -> float:
    """MiB that a step needs beyond what was there before, in a fresh process."""
    command = [sys.executable, __file__, "--memory", form]
    command += ["--batch", str(batch), "--chunk", str(chunk)]
    done = subprocess.run(command, env=RETURN, capture_output=True, text=True, check=True)
    return int(done.stdout) / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--chunk", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, default=Path("grad_cache.json"))
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    options = parser.parse_args()
    torch.set_num_threads(1)
    sizes = options.batch, options.chunk
    if options.memory:
        print(measure(make(options.memory, *sizes)))
        return
    cached, accumulated = (make(form, *sizes) for form in ("cached", "accumulated"))
    pairs = [(seconds_of(cached), seconds_of(accumulated)) for _ in range(options.rounds + 1)][1:]
    ratio = statistics.median(own / other for own, other in pairs)
    memory = {form: peak(form, *sizes) for form in ("cached", "accumulated", "small")}
    found = {"batch": options.batch, "chunk": options.chunk, "ratio": ratio, "mib": memory}
    print(f"time, cached over accumulated ({options.batch} images by {options.chunk}): {ratio:.2f}")
    for form, mib in memory.items():
        print(f"extra memory, {form:12s} {mib:7.0f} MiB")
    options.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
