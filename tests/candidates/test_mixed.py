"""Mixes against a loop over rows, in float64."""

import torch
from torch.nn.functional import normalize

from lightning_contrast.candidates._numbers import uniform_numbers
from lightning_contrast.testing.rows import rows
from tests.candidates.makers import maker

LABELS = [0, 1, 2, 0, 1, 2, 2, 1, 3, -1, 0]


def by_a_loop(x, batch, hardest, count, anchor_count, step):
    """Each anchor's rows, with the numbers as the store draws them: shares, firsts, seconds."""
    total = count + anchor_count
    numbers = uniform_numbers(batch, step, 3 * total).double()
    made = torch.zeros(len(x), total, x.shape[1], dtype=x.dtype)
    valid = torch.zeros(len(x), total, dtype=torch.bool)
    for a, own in enumerate(LABELS):
        others = [j for j, label in enumerate(LABELS) if own >= 0 and label >= 0 and label != own]
        others = sorted(others, key=lambda j: -(x[a] @ x[j]).item())[:hardest]
        for s in range(total):
            share, one, two = (numbers[a, s + total * part].item() for part in range(3))
            if len(others) < (2 if s < count else 1):
                continue
            first = int(one * len(others))
            if s < count:
                second = (first + 1 + int(two * (len(others) - 1))) % len(others)
                assert second != first
                row = share * x[others[first]] + (1 - share) * x[others[second]]
            else:
                assert share / 2 < 0.5
                row = share / 2 * x[a] + (1 - share / 2) * x[others[first]]
            made[a, s], valid[a, s] = normalize(row, dim=0), True
    return made, valid


def test_the_rows_are_those_of_a_loop_over_two_steps():
    batch = rows(LABELS)
    store = maker("mixed", hardest=4, count=5, anchor_count=3)
    for step in range(2):
        made = store(batch, batch)[2]
        expected, valid = by_a_loop(batch.embedding, batch, 4, 5, 3, step)
        assert torch.equal(made.valid, valid) and valid.any() and not valid.all()
        torch.testing.assert_close(made.embedding[valid], expected[valid])


def test_other_steps_and_other_rows_have_other_mixes():
    batch, store = rows(LABELS), maker("mixed")
    first, second = (store(batch, batch)[2].embedding for _ in range(2))
    assert not torch.allclose(first[0], second[0])


def test_a_mix_with_the_anchor_is_nearer_to_it_than_the_negative_was():
    batch = rows(LABELS)
    made = maker("mixed", hardest=2, count=1, anchor_count=50)(batch, batch)[2]
    x = batch.embedding
    for a, label in enumerate(LABELS[:9]):
        others = [j for j, other in enumerate(LABELS) if other >= 0 and other != label]
        least = sorted((x[a] @ x[j]).item() for j in others)[-2]
        assert (made.embedding[a, 1:] @ x[a]).min() >= least - 1e-12


def test_gradients_reach_the_rows_only_where_asked_and_are_those_of_the_formula():
    labels = rows([0, 1, 2, 0, 1, 2])
    x = labels.embedding.clone().requires_grad_()

    def mixed(x):
        store = maker("mixed", hardest=3, count=2, anchor_count=2, gradient=True)
        batch = labels._replace(embedding=x)
        return store(batch, batch)[2].embedding

    assert torch.autograd.gradcheck(mixed, (x,))
    live = labels._replace(embedding=x)
    assert not maker("mixed")(live, live)[2].embedding.requires_grad


def test_one_kind_of_mix_can_be_left_out():
    batch = rows(LABELS)
    assert maker("mixed", count=0)(batch, batch)[2].valid.shape == (11, 4)
    assert maker("mixed", anchor_count=0)(batch, batch)[2].valid.shape == (11, 8)
