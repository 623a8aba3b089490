"""open_clip's loss as its training script calls it: value and gradient of 8,192 pairs of width 128.

python with_open_clip.py FOLDER SEED: prints JSON; ``accuracy`` is the loss.
"""

import json
import sys
import time

import torch
from open_clip import ClipLoss
from torch.nn.functional import normalize

torch.set_num_threads(1)
torch.manual_seed(int(sys.argv[2]))
image, text = (torch.randn(8192, 128, requires_grad=True) for _ in range(2))
logit_scale = torch.tensor(1 / 0.07, requires_grad=True)
criterion = ClipLoss()
for step in range(6):
    if step == 1:  # the first one warms up
        start = time.process_time()
    loss = criterion(normalize(image), normalize(text), logit_scale)
    loss.backward()
print(json.dumps({"train": time.process_time() - start, "accuracy": loss.item()}))
