"""Our CLIP loss on the pairs of with_open_clip.py; prints JSON."""

import json
import sys
import time

import torch
from torch import Tensor
from torch.nn.functional import normalize

from lightning_contrast import Contrast
from lightning_contrast.batch import SLOTS
from lightning_contrast.losses.clip import Clip
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.types import Rows

PAIRS = 8192
torch.set_num_threads(1)
torch.manual_seed(int(sys.argv[2]))
image, text = (torch.randn(PAIRS, 128, requires_grad=True) for _ in range(2))
contrast = Contrast(Instance(cross_view=True), KeepAll(), Clip())
number = torch.arange(PAIRS)


def rows(embedding: Tensor, role: int) -> Rows:
    """One side; a pair has one index."""
    roles = torch.full_like(number, role)
    return Rows(normalize(embedding), roles - 1, number, roles, SLOTS * number + role)


for step in range(6):
    if step == 1:  # the first one compiles
        start = time.process_time()
    sides = rows(image, 0), rows(text, 1)
    sums = [contrast(*sides), contrast(*sides[::-1])]  # both ways: a mean over all rows
    loss = sum(total for total, _ in sums) / sum(weight for _, weight in sums)
    loss.backward()
print(json.dumps({"train": time.process_time() - start, "accuracy": loss.item()}))
