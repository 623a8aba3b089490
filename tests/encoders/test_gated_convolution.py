"""The gated convolution reads pairs, and as far as its layers say."""

import pytest
import torch

from lightning_contrast.encoders.gated_convolution import GatedConvolution
from lightning_contrast.errors import InputError


def encoder(**options):
    torch.manual_seed(0)
    return GatedConvolution(50, 0, width=8, dense=True, **options).eval()


def tokens(ids):
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


@pytest.mark.parametrize(("layers", "kernel"), [(1, 3), (2, 5)])
def test_a_token_sees_so_far_as_the_kernels_reach_and_a_pair_one_further(layers, kernel):
    ids = torch.arange(1, 31)[None]
    other = ids.clone()
    other[0, 15] = 49
    made = encoder(layers=layers, kernel=kernel)
    with torch.no_grad():
        moved = (made(tokens(ids)) - made(tokens(other))).abs().amax(2)[0] > 1e-6
    reach = layers * (kernel // 2) + 1
    assert moved.nonzero()[:, 0].tolist() == list(range(15 - reach, 15 + reach + 1))


def test_an_even_kernel_is_refused():
    with pytest.raises(InputError, match=r"set encoder.kernel=3"):
        encoder(kernel=4)
