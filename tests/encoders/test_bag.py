"""The bag of words and n-grams."""

import math
from collections import Counter

import pytest
import torch

from lightning_contrast.encoders.bag import Bag, occurrences


def bag(**options):
    torch.manual_seed(0)
    return Bag(vocabulary_size=30, padding_index=0, width=8, **options).eval()


def tokens(ids):
    ids = torch.tensor(ids)
    return {"input_ids": ids, "attention_mask": (ids > 0).long()}


@pytest.mark.parametrize("sublinear", [True, False])
def test_features_equal_a_loop_over_the_terms_of_each_row(sublinear):
    net = bag(sublinear=sublinear)
    rows = [[3, 4, 3, 3, 0], [9, 2, 0, 0, 0], [5, 6, 7, 8, 9]]
    features = net(tokens(rows))
    for row, feature in zip(rows, features, strict=True):
        weight = {}
        for term, count in Counter(t for t in row if t).items():
            often = 1 + math.log(count) if sublinear else count
            weight[term] = often * net.gate[term].exp().item()
        length = math.sqrt(sum(w * w for w in weight.values()))
        expected = sum(w / length * net.embedding[term] for term, w in weight.items())
        torch.testing.assert_close(feature, expected)


@pytest.mark.parametrize("ngrams", [1, 2, 3])
def test_padding_and_what_stands_under_the_mask_do_not_matter(ngrams):
    net = bag(ngrams=ngrams, buckets=100)
    short = tokens([[3, 4, 5, 6]])
    padded = {
        "input_ids": torch.tensor([[3, 4, 5, 6, 7, 3]]),
        "attention_mask": torch.tensor([[1, 1, 1, 1, 0, 0]]),
    }
    torch.testing.assert_close(net(short), net(padded))


def test_word_order_matters_to_ngrams_only():
    one, other = tokens([[3, 4, 5]]), tokens([[5, 4, 3]])
    torch.testing.assert_close(bag()(one), bag()(other))
    grams = bag(ngrams=2)
    assert not torch.allclose(grams(one), grams(other))


def test_ngrams_are_hashed_evenly_and_never_onto_words():
    net = Bag(vocabulary_size=300, padding_index=0, width=2, ngrams=2, buckets=1000)
    ids = torch.cartesian_prod(torch.arange(1, 300), torch.arange(1, 300))
    term, present = net.terms(ids, torch.ones_like(ids).bool())
    assert present.all()
    filled = torch.bincount(term[:, 2] - 300, minlength=1000)
    assert filled.shape == (1000,)
    mean = len(ids) / 1000
    assert filled.float().var().item() < 1.5 * mean  # a Poisson's variance is its mean


def test_a_hidden_token_takes_its_ngrams_with_it():
    net = bag(ngrams=2)
    hidden = tokens([[3, 4, 5]])
    hidden["attention_mask"][0, 1] = 0
    term, present = net.terms(hidden["input_ids"], hidden["attention_mask"].bool())
    assert present.tolist() == [[True, False, True, False, False]]
    assert (term[~present] == 0).all()


def test_an_empty_row_gives_zero_and_finite_gradients():
    net = bag()
    features = net(tokens([[0, 0], [1, 2]]))
    features.square().sum().backward()
    assert (features[0] == 0).all()
    assert all(p.grad.isfinite().all() for p in net.parameters())


def test_weights_start_from_rare_words_counting_more_and_are_learnt():
    net = bag()
    gate = net.gate.detach()
    assert (gate[1:] >= gate[:-1]).all()
    assert gate[-1] > gate[1]
    net(tokens([[3, 20]])).sum().backward()
    assert net.gate.grad[20] != 0
    assert net.gate.grad[5] == 0


def test_occurrences_equal_a_counter():
    term = torch.randint(0, 4, (20, 15))
    expected = [[Counter(row)[t] for t in row] for row in term.tolist()]
    assert occurrences(term).tolist() == expected
