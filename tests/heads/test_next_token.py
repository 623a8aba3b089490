"""The head of a language model."""

import numpy as np
import pytest
import torch

from lightning_contrast.data.collate import FlatTokens
from lightning_contrast.data.next_tokens import NextTokens
from lightning_contrast.encoders.bag import Bag
from lightning_contrast.encoders.causal import Causal
from lightning_contrast.errors import InputError
from lightning_contrast.heads.next_token import NextToken
from tests.choices import run_of


def test_the_loss_is_the_mean_of_a_loop_over_tokens_with_its_gradient():
    torch.manual_seed(0)
    head = NextToken(5, classes=3, vocabulary_size=7).double()
    features = torch.randn(2, 4, 5, dtype=torch.float64, requires_grad=True)
    target = torch.tensor([[3, 0, 6, -1], [1, -2, -2, -2]])
    total, tokens = head.loss(features, target)
    chances = [
        head.linear(features[row, place]).log_softmax(0)[target[row, place]]
        for row, place in [(0, 0), (0, 1), (0, 2), (1, 0)]
    ]
    expected = -sum(chances)
    torch.testing.assert_close(total, expected)
    assert tokens == 4
    slope, by_hand = (
        torch.autograd.grad(x, features, retain_graph=True) for x in (total, expected)
    )
    torch.testing.assert_close(slope, by_hand)
    value, weight = head.judged(features, target)
    torch.testing.assert_close((value * weight).sum(), -expected)
    metrics = head.running()
    metrics.update(value, weight)
    assert metrics.compute()["validation/log_likelihood"].item() == pytest.approx(
        -expected.item() / 4
    )


def test_the_label_of_a_token_is_the_one_behind_it():
    rows = [[5, 6], [7, 8, 9], [4], [2, 3, 4]]
    ids = torch.tensor([token for row in rows for token in row], dtype=torch.int32)
    offsets = torch.tensor([0, *np.cumsum([len(row) for row in rows])])
    found = NextTokens(FlatTokens(ids, offsets, padding_index=1), most=3)(np.array([3, 2, 0, 1]))
    cut, end, none = -1, 1, -2
    assert found.tolist() == [[3, 4, cut], [end, none, none], [6, end, none], [8, 9, cut]]


def test_it_shares_its_weights_with_the_encoder():
    encoder, head = Causal(9, 0, width=4, layers=1, heads=2), NextToken(4, 2, vocabulary_size=9)
    head.adopt(encoder)
    features = torch.randn(1, 3, 4)
    torch.testing.assert_close(head.next_logits(features), features @ encoder.embedding.weight.T)
    assert head(torch.randn(5, 4)).shape == (5, 2)


@pytest.mark.parametrize(
    ("encoder", "dense", "line"),
    [(Bag, True, "set encoder=causal"), (Causal, False, "set encoder.dense=true")],
)
def test_an_encoder_that_sees_what_follows_is_refused(encoder, dense, line):
    run = run_of(encoder=encoder, arguments={"encoder": {"dense": dense}})
    with pytest.raises(InputError, match=line):
        NextToken.check(run)
