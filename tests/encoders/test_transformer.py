"""The transformer from scratch."""

import pytest
import torch

from lightning_contrast.encoders._pooling import pool
from lightning_contrast.encoders.transformer import Transformer
from lightning_contrast.errors import InputError


def encoder(**options):
    torch.manual_seed(0)
    return Transformer(vocabulary_size=50, padding_index=0, width=16, heads=2, **options)


def test_padding_and_what_stands_under_the_mask_do_not_matter():
    net = encoder().eval()
    ids = torch.randint(1, 50, (3, 7))
    short = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    more = torch.randint(1, 50, (3, 4))
    padded = {
        "input_ids": torch.cat([ids, more], 1),
        "attention_mask": torch.cat([torch.ones_like(ids), torch.zeros_like(more)], 1),
    }
    torch.testing.assert_close(net(short), net(padded))


def test_the_order_of_the_tokens_matters():
    net = encoder().eval()
    mask = torch.ones(1, 3, dtype=torch.int64)
    one = net({"input_ids": torch.tensor([[4, 5, 6]]), "attention_mask": mask})
    other = net({"input_ids": torch.tensor([[6, 5, 4]]), "attention_mask": mask})
    assert not torch.allclose(one, other, atol=1e-3)


def test_an_all_masked_row_gives_finite_features():
    net = encoder()
    ids = torch.ones(2, 3, dtype=torch.int64)
    features = net({"input_ids": ids, "attention_mask": torch.zeros_like(ids)})
    assert features.isfinite().all()


def test_every_parameter_learns():
    net = encoder()
    ids = torch.randint(1, 50, (4, 6))
    net({"input_ids": ids, "attention_mask": torch.ones_like(ids)}).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())


@pytest.mark.parametrize("how", ["mean", "max", "cls"])
def test_pooling_equals_a_loop_over_rows(how):
    hidden, lengths = torch.randn(3, 5, 4), [1, 3, 5]
    mask = (torch.arange(5) < torch.tensor(lengths)[:, None]).long()
    by_hand = {
        "mean": lambda row: row.mean(0),
        "max": lambda row: row.amax(0),
        "cls": lambda row: row[0],
    }[how]
    expected = torch.stack([by_hand(row[:n]) for row, n in zip(hidden, lengths, strict=True)])
    torch.testing.assert_close(pool(hidden, mask, how), expected)


def test_heads_must_divide_the_width():
    with pytest.raises(InputError, match=r"multiple of encoder\.heads=3, got 16"):
        Transformer(50, 0, width=16, heads=3)
