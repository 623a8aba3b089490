"""Tokens that swap places."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.views.word_swap import WordSwap


def rows_of(lengths, width):
    column = torch.arange(width)
    mask = (column < torch.tensor(lengths)[:, None]).long()
    return {"input_ids": (column + 1) * mask, "attention_mask": mask}


def in_a_loop(tokens, probability, distance, special=()):
    """The same swaps, one row and one pair after another, from the same random numbers."""
    ids, mask = tokens["input_ids"], tokens["attention_mask"].bool()
    rows, width = ids.shape
    apart = torch.randint(1, distance + 1, (rows, 1))
    start = (torch.rand(rows, 1) * 2 * apart).long()
    chance = torch.rand(rows, width)
    out = ids.clone()
    for row in range(rows):
        d, s = apart[row].item(), start[row].item()
        for left in range(width - d):
            right = left + d
            if (left + s) // d % 2:  # it is the right one of a pair
                continue
            free = all(
                mask[row, at] and (ids[row, at].item() not in special if special else at)
                for at in (left, right)
            )
            if free and chance[row, left] < probability:
                out[row, left], out[row, right] = ids[row, right], ids[row, left]
    return out


@settings(max_examples=60)
@given(
    lengths=st.lists(st.integers(0, 12), min_size=1, max_size=6),
    probability=st.floats(0, 1),
    distance=st.integers(1, 15),
    seed=st.integers(0, 1000),
    known=st.booleans(),
)
def test_it_is_what_a_loop_over_rows_and_pairs_gives(lengths, probability, distance, seed, known):
    tokens, view = rows_of(lengths, 12), WordSwap(probability, distance)
    if known:
        view.special = torch.zeros(14, dtype=torch.bool)
        view.special[[0, 4, 9]] = True
    torch.manual_seed(seed)
    found = view(tokens)["input_ids"]
    torch.manual_seed(seed)
    assert torch.equal(found, in_a_loop(tokens, probability, distance, (0, 4, 9) if known else ()))


def test_swaps_are_of_two_near_tokens_and_as_many_as_asked_for():
    torch.manual_seed(0)
    view = WordSwap(0.2, 3)
    found = view(rows_of([100] * 400, 100))["input_ids"] - 1
    column = torch.arange(100)
    assert (found.sort(1).values == column).all()
    assert torch.equal(found.gather(1, found), column.expand(400, -1)), "not a swap of two"
    assert set((found - column).abs().unique().tolist()) == {0, 1, 2, 3}
    assert abs((found != column).float().mean().item() - 0.2) < 0.01
    assert (found[:, 0] == 0).all()


def test_hidden_tokens_stay_where_they_are():
    tokens = rows_of([9] * 100, 9)
    tokens["attention_mask"][:, [3, 5]] = 0
    after = WordSwap(1.0)(tokens)
    assert (after["input_ids"][:, [3, 5]] == torch.tensor([4, 6])).all()
    assert torch.equal(after["attention_mask"], tokens["attention_mask"])
