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
        made.pairs.weight.normal_()
        moved = (made(tokens(ids)) - made(tokens(other))).abs().amax(2)[0] > 1e-6
    reach = layers * (kernel // 2) + 1
    assert moved.nonzero()[:, 0].tolist() == list(range(15 - reach, 15 + reach + 1))


def test_an_even_kernel_is_refused():
    with pytest.raises(InputError, match=r"set encoder.kernel=3"):
        encoder(kernel=4)


def test_a_pair_says_nothing_before_training_and_a_hidden_token_nothing_in_it():
    ids = torch.randint(1, 50, (2, 2000))
    made, plain = encoder(layers=1, hidden=0.25), encoder(layers=1, buckets=0)
    plain.load_state_dict({k: v for k, v in made.state_dict().items() if k != "pairs.weight"})
    torch.testing.assert_close(made(tokens(ids)), plain(tokens(ids)))  # all are seen
    one = encoder(layers=1, kernel=1, buckets=0, hidden=0.25, dropout=0.0).train()
    with torch.no_grad():
        drawn, whole = one(tokens(ids)), one.eval()(tokens(ids))
        blank = one(tokens(torch.zeros_like(ids)))
    gone = torch.isclose(drawn, blank).all(2)
    assert 0.2 < gone.float().mean() < 0.3
    torch.testing.assert_close(drawn, torch.where(gone[..., None], blank, whole))


def test_hidden_pairs_are_as_many_as_said():
    ids = torch.randint(1, 50, (2, 2000))
    one = encoder(layers=1, kernel=1, hidden=0.0, hidden_pairs=0.25, dropout=0.0).train()
    with torch.no_grad():
        one.pairs.weight.normal_()
        drawn, whole = one(tokens(ids)), one.eval()(tokens(ids))
    both = torch.isclose(drawn, whole, atol=1e-5).all(2)  # a token is in two pairs
    assert 0.52 < both.float().mean() < 0.60
