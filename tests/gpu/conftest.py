"""Every test in this folder needs a CUDA device: pytest -m gpu."""

import pytest
import torch


@pytest.fixture(autouse=True)
def device():
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    torch.set_float32_matmul_precision("highest")
    yield torch.device("cuda")
    torch.set_float32_matmul_precision("highest")
