"""The causal transformer: what a token sees, and a text that is gone on with."""

import pytest
import torch

from lightning_contrast.encoders.causal import Causal
from lightning_contrast.errors import InputError


def encoder(**options):
    torch.manual_seed(0)
    return Causal(vocabulary_size=50, padding_index=0, width=16, layers=2, **options).double()


def read(ids, mask=None):
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids) if mask is None else mask}


def test_no_token_sees_one_behind_it_and_all_see_those_before():
    net, ids = encoder().eval(), torch.randint(1, 50, (1, 6))
    features = net.forward(read(ids))
    for place in range(6):
        changed = ids.clone()
        changed[0, place] = (ids[0, place] + 1) % 50
        differs = (net(read(changed)) - features).abs().amax(2)[0] > 1e-9
        assert differs.tolist() == [at >= place for at in range(6)]


def test_texts_of_unequal_length_are_gone_on_with_as_each_alone():
    net, mask = encoder().eval(), torch.tensor([[0, 0, 1, 1], [1, 1, 1, 1], [0, 0, 0, 1]])
    ids = torch.randint(1, 50, (3, 7))
    front, past = net.go_on(read(ids[:, :4], mask))
    past = net.chosen(past, torch.tensor([2, 0, 0, 1]))
    middle, past = net.go_on(read(ids[[2, 0, 0, 1], 4:6]), past)
    last, _ = net.go_on(read(ids[[2, 0, 0, 1], 6:]), past)
    for row, text in enumerate([2, 0, 0, 1]):
        own = ids[text, mask[text].argmax() :][None]
        expected = net(read(own))[0]
        found = torch.cat((front[text, mask[text] > 0], middle[row], last[row]))
        torch.testing.assert_close(found, expected)
    assert not front[mask == 0].any()


def test_every_parameter_learns_and_the_output_layer_is_the_table_of_tokens():
    net, ids = encoder(), torch.randint(1, 50, (4, 6))
    net(read(ids)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in net.parameters())
    assert net.output_layer().weight is net.embedding.weight


def test_heads_must_divide_the_width():
    with pytest.raises(InputError, match=r"multiple of encoder\.heads=3, got 16"):
        encoder(heads=3)
