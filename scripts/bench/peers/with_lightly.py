"""lightly as its page on SimCLR has it: its transform, projection head and loss in a PyTorch loop.

python with_lightly.py FOLDER SEED: rows.npz with train_x, train_y, test_x, test_y; prints JSON.
A logistic regression on the features of 10,000 training images is tested.
"""

import json
import sys
import time

import numpy as np
import torch
from lightly.loss import NTXentLoss
from lightly.models.modules import SimCLRProjectionHead
from lightly.transforms import SimCLRTransform
from PIL import Image
from plain_convnet import convnet
from sklearn.linear_model import LogisticRegression
from torch import nn

torch.set_num_threads(1)
folder, seed = sys.argv[1], int(sys.argv[2])
torch.manual_seed(seed)
rows = np.load(f"{folder}/rows.npz")
GREY = {"mean": [0.286], "std": [0.353]}


class Pictures(torch.utils.data.Dataset):
    def __len__(self) -> int:
        return len(rows["train_y"])

    def __getitem__(self, row: int) -> tuple[list[torch.Tensor], int]:
        return transform(Image.fromarray(images[row])), 0


class SimCLR(nn.Module):
    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone
        self.projection_head = SimCLRProjectionHead(128, 256, 64)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.projection_head(self.backbone(x))


images = rows["train_x"]
transform = SimCLRTransform(
    input_size=28, cj_strength=0.5, min_scale=0.2, gaussian_blur=0.0, normalize=GREY
)
model = SimCLR(convnet())
loader = torch.utils.data.DataLoader(Pictures(), batch_size=256, shuffle=True, drop_last=True)
criterion = NTXentLoss(temperature=0.2)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)

start = time.process_time()
for batch in loader:
    x0, x1 = batch[0]
    loss = criterion(model(x0), model(x1))
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()
spent = time.process_time() - start


@torch.inference_mode()
def features(images: np.ndarray) -> np.ndarray:
    model.eval()
    scaled = (torch.from_numpy(images)[:, None].float() / 255 - GREY["mean"][0]) / GREY["std"][0]
    return torch.cat([model.backbone(part) for part in scaled.split(512)]).numpy()


train = features(rows["train_x"][:10000])
mean, deviation = train.mean(0), train.std(0) + 1e-6
probe = LogisticRegression(max_iter=300).fit((train - mean) / deviation, rows["train_y"][:10000])
accuracy = probe.score((features(rows["test_x"]) - mean) / deviation, rows["test_y"])
print(json.dumps({"train": spent, "accuracy": accuracy}))
