"""What parts that follow the embedding are shown, made up."""

import numpy as np
import torch
from torch.nn.functional import normalize

from lightning_contrast.types import Embedded


def embedded(labels: np.ndarray, seed: int = 0, width: int = 4) -> Embedded:
    """Rows of any direction (in few dimensions, so that classes mix) and any logits."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.randn(len(labels), width, generator=generator)
    logits = 3 * torch.randn(len(labels), int(labels.max(initial=0)) + 1, generator=generator)
    rows = torch.arange(len(labels))
    return Embedded(features, normalize(features), logits, torch.from_numpy(labels), rows)
