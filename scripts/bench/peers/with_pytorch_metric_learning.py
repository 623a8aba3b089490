"""pytorch-metric-learning as its README has it: sampler, miner and loss in a PyTorch loop.

python with_pytorch_metric_learning.py FOLDER SEED: rows.npz as of with_lightly.py; prints JSON.
A logistic regression on the features of 10,000 training images is tested.
"""

import json
import sys
import time

import numpy as np
import torch
from plain_convnet import convnet
from pytorch_metric_learning import losses, miners, samplers
from sklearn.linear_model import LogisticRegression
from torch import nn

torch.set_num_threads(1)
folder, seed = sys.argv[1], int(sys.argv[2])
torch.manual_seed(seed)
np.random.seed(seed)  # noqa: NPY002  the sampler draws with it
rows = np.load(f"{folder}/rows.npz")


def scaled(images: np.ndarray) -> torch.Tensor:
    return (torch.from_numpy(images)[:, None].float() / 255 - 0.286) / 0.353


label = torch.from_numpy(rows["train_y"]).long()
data = torch.utils.data.TensorDataset(scaled(rows["train_x"]), label)
sampler = samplers.MPerClassSampler(label, m=12, length_before_new_iter=len(label))
loader = torch.utils.data.DataLoader(data, batch_size=120, sampler=sampler)
trunk = convnet()
embedder = nn.Sequential(nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 128))
miner = miners.MultiSimilarityMiner()
loss_func = losses.MultiSimilarityLoss(alpha=2, beta=50, base=0.5)
optimizer = torch.optim.AdamW([*trunk.parameters(), *embedder.parameters()], lr=3e-3)

start = time.process_time()
for images, labels in loader:
    optimizer.zero_grad()
    embeddings = embedder(trunk(images))
    hard_pairs = miner(embeddings, labels)
    loss = loss_func(embeddings, labels, hard_pairs)
    loss.backward()
    optimizer.step()
spent = time.process_time() - start


@torch.inference_mode()
def features(images: np.ndarray) -> np.ndarray:
    trunk.eval()
    return torch.cat([trunk(part) for part in scaled(images).split(512)]).numpy()


train = features(rows["train_x"][:10000])
mean, deviation = train.mean(0), train.std(0) + 1e-6
probe = LogisticRegression(max_iter=300).fit((train - mean) / deviation, rows["train_y"][:10000])
accuracy = probe.score((features(rows["test_x"]) - mean) / deviation, rows["test_y"])
print(json.dumps({"train": spent, "accuracy": accuracy}))
