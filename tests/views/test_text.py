"""Views of token rows."""

import pytest
import torch

from lightning_contrast.errors import InputError
from lightning_contrast.views.identity import Identity
from lightning_contrast.views.text import SpanCrop, TokenDropout

VIEWS = [TokenDropout(0.9), SpanCrop(0.1, 0.4), SpanCrop(1.0, 1.0), Identity()]


def tokens(lengths, width=None):
    """Rows 1, 2, 3, ... of the given lengths, padded with 0."""
    width = width or max(lengths)
    column = torch.arange(width)
    mask = (column < torch.tensor(lengths)[:, None]).long()
    return {"input_ids": (column + 1) * mask, "attention_mask": mask}


@pytest.mark.parametrize("view", VIEWS, ids=repr)
@pytest.mark.parametrize("lengths", [[1, 2, 9], [1], [5] * 200])
def test_no_row_comes_out_empty_and_shapes_stay(view, lengths):
    torch.manual_seed(0)
    before = tokens(lengths, width=12)
    after = view(before)
    assert after["input_ids"].shape == before["input_ids"].shape
    assert after["attention_mask"].dtype == torch.int64
    assert (after["attention_mask"].sum(1) >= 1).all()


@pytest.mark.parametrize("view", VIEWS, ids=repr)
def test_padding_stays_hidden_and_the_input_is_left_alone(view):
    before = tokens([3, 8])
    copy = {name: value.clone() for name, value in before.items()}
    after = view(before)
    assert (after["input_ids"][after["attention_mask"].bool()] > 0).all()
    assert all(torch.equal(before[name], copy[name]) for name in copy)


@pytest.mark.parametrize("view", VIEWS, ids=repr)
def test_no_rows_and_stacked_views_are_fine(view):
    assert view(tokens([4, 4])) is not None
    none = {name: value[:0] for name, value in tokens([4, 4]).items()}
    assert view(none)["input_ids"].shape == (0, 4)
    for _ in range(50):
        stacked = TokenDropout(0.9)(view(SpanCrop(0.1, 0.3)(TokenDropout(0.9)(tokens([2, 9])))))
        assert (stacked["attention_mask"].sum(1) >= 1).all()


def test_token_dropout_hides_the_share_asked_for_and_never_the_first_token():
    torch.manual_seed(0)
    mask = TokenDropout(0.3)(tokens([200] * 200))["attention_mask"]
    assert mask[:, 0].all()
    assert abs(mask[:, 1:].float().mean().item() - 0.7) < 0.01
    assert len({tuple(row.tolist()) for row in mask}) == 200  # each row its own


def test_span_crop_keeps_the_first_token_and_one_unbroken_span():
    torch.manual_seed(0)
    after = SpanCrop(0.2, 0.6)(tokens([50] * 100, width=60))
    lengths, starts = set(), set()
    for ids, mask in zip(after["input_ids"], after["attention_mask"], strict=True):
        kept = ids[mask.bool()].tolist()
        assert kept[0] == 1
        assert kept[1:] == list(range(kept[1], kept[1] + len(kept) - 1))
        assert 0.2 * 49 - 1 <= len(kept) - 1 <= 0.6 * 49 + 1
        assert mask[: len(kept)].all()  # moved to the front
        lengths.add(len(kept))
        starts.add(kept[1])
    assert len(lengths) > 10
    assert min(starts) <= 3
    assert len(starts) > 10


def test_a_full_span_changes_nothing():
    before = tokens([1, 2, 7])
    after = SpanCrop(1.0, 1.0)(before)
    mask = before["attention_mask"]
    assert torch.equal(after["attention_mask"], mask)
    assert torch.equal(after["input_ids"] * mask, before["input_ids"])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TokenDropout(1.0),
        lambda: TokenDropout(-0.1),
        lambda: SpanCrop(0.0, 0.5),
        lambda: SpanCrop(0.6, 0.5),
        lambda: SpanCrop(0.5, 1.5),
    ],
)
def test_impossible_shares_are_refused(wrong):
    with pytest.raises(InputError, match="got"):
        wrong()
