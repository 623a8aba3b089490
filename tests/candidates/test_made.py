"""What holds for every store that makes negatives: a new one is found by its YAML."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lightning_contrast.candidates.in_batch import InBatch
from lightning_contrast.candidates.queue import Queue
from lightning_contrast.candidates.store import Joined
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.pairings.label import Label
from lightning_contrast.testing.rows import rows
from lightning_contrast.types import Made, Rows
from tests.candidates.makers import MAKERS, maker
from tests.choices import config

makers = pytest.mark.parametrize("name", MAKERS)


def made_of(name: str, batch: Rows, **arguments) -> Made:
    anchors, candidates, made = maker(name, **arguments)(batch, batch)
    assert anchors is batch and candidates is batch
    return made


def two_views(count: int, seed: int = 0) -> Rows:
    """Unlabelled rows and another view of each."""
    batch = rows([-1] * 2 * count, seed=seed)
    index = torch.arange(count).repeat(2)
    role = torch.arange(2).repeat_interleave(count)
    return batch._replace(index=index, role=role, slot=4 * index + role)


def test_there_are_three_of_them():
    assert {"mixed", "adversarial", "generated"} <= set(MAKERS)


@makers
def test_the_choice_of_negatives_is_that_of_candidates(name):
    assert config("negatives", name) == config("candidates", name)


@makers
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
def test_made_rows_are_unit_rows_in_float32_or_wider(name, dtype):
    batch = rows([0, 1, 2, 0, 1, 2, 0, 1], dtype=dtype)
    store = maker(name)
    with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
        made = (store.double() if dtype == torch.float64 else store)(batch, batch)[2]
    assert made.embedding.dtype == torch.promote_types(dtype, torch.float32)
    length = made.embedding.norm(dim=2)[made.valid]
    torch.testing.assert_close(length, torch.ones_like(length), rtol=0, atol=1e-5)
    assert made.valid.all()


@makers
@settings(max_examples=25, derandomize=True, database=None)
@given(st.lists(st.sampled_from([-1, 0, 0, 1, 5]), min_size=1, max_size=9))
def test_a_row_without_a_negative_has_nothing_made_and_nothing_is_nan(name, labels):
    batch = rows(labels, dtype=torch.float32)
    live = batch._replace(embedding=batch.embedding.requires_grad_())
    made = made_of(name, live)
    assert made.embedding.isfinite().all()
    for row, label in enumerate(labels):
        negatives = sum(label >= 0 and other >= 0 and other != label for other in labels)
        assert made.valid[row].any() == (negatives > 0)
    total = Contrast(Label(), KeepAll(), SupCon(), compile=False)(live, live, made)[0]
    (slope,) = torch.autograd.grad(total, live.embedding)
    assert total.isfinite() and slope.isfinite().all()


@makers
@pytest.mark.parametrize("count", [1, 2, 3])
def test_unlabelled_rows_have_theirs_from_other_instances(name, count):
    batch = two_views(count)
    made = made_of(name, batch.__class__(batch.embedding.float(), *batch[1:]), pairing=Instance())
    assert made.valid.any(1).tolist() == [count > 1] * 2 * count


@makers
def test_duplicates_of_an_anchor_that_count_as_negatives_do_no_harm(name):
    same = rows([0, 1, 2], embedding=torch.ones(3, 6).double(), dtype=torch.float32)
    live = same._replace(embedding=same.embedding.requires_grad_())
    made = made_of(name, live)
    assert made.embedding.isfinite().all()
    total = Contrast(Label(), KeepAll(), SupCon(), compile=False)(live, live, made)[0]
    total.backward()
    assert live.embedding.grad.isfinite().all()


@makers
def test_joined_they_are_made_of_the_other_parts_candidates(name):
    batch, past = rows([0, 0, 0], dtype=torch.float32), rows([1, 2, 1], dtype=torch.float32, seed=3)
    queue = Queue(size=9, embedding_size=6)
    joined = Joined({"made": maker(name), "in_batch": InBatch(), "queue": queue})
    candidates, made = joined(batch, batch)[1:]
    assert len(candidates.label) == 3 and not made.valid.any()
    queue.enqueue(past)
    candidates, made = joined(batch, batch)[1:]
    assert len(candidates.label) == 9 and made.valid.any(1).all()


@makers
def test_an_empty_queue_alone_gives_nothing_to_make_them_of(name):
    batch = rows([0, 1], dtype=torch.float32)
    joined = Joined({"queue": Queue(size=4, embedding_size=6), "made": maker(name)})
    made = joined(batch, batch)[2]
    assert len(made.valid) == 2 and not made.valid.any()


def test_several_makers_stand_side_by_side():
    batch = rows([0, 1, 2, 0], dtype=torch.float32)
    parts = {name: maker(name) for name in MAKERS}
    each = [part(batch, batch)[2] for part in parts.values()]
    for part in parts.values():
        part.step = 0
    candidates, made = Joined(parts)(batch, batch)[1:]
    torch.testing.assert_close(made.embedding, torch.cat([m.embedding for m in each], 1))
    assert len(candidates.label) == 4


@makers
def test_the_hardest_are_found_block_by_block_in_one_way(name, monkeypatch):
    from lightning_contrast.candidates import _hardest as hardest

    batch = rows([0, 1, 2] * 60, dtype=torch.float32)
    store = maker(name)
    whole = store(batch, batch)[2]
    store.step = 0
    monkeypatch.setattr(hardest, "TILE", 1)
    torch.testing.assert_close(store(batch, batch)[2], whole)


BAD = [
    ("mixed", {"hardest": 1}, "hardest must be a whole number of at least 2, got 1"),
    ("mixed", {"count": 0, "anchor_count": 0}, "not both be 0"),
    ("adversarial", {"space": "pixels"}, "space must be 'embedding' or 'input', got 'pixels'"),
    ("adversarial", {"norm": "l1"}, "norm must be 'l2' or 'linf', got 'l1'"),
    ("adversarial", {"steps": 0}, "steps must be a whole number of at least 1"),
    ("adversarial", {"epsilon": 1.0}, "epsilon must be below 1"),
    ("generated", {"noise": 0}, "noise must be a whole number of at least 1"),
    ("generated", {"radius": 1.0}, "radius must be a number between 0 and 1, got 1.0"),
    (
        "generated",
        {"max_similarity": 1.0},
        "similarity must be a number between -1 and 1",
    ),
]


@pytest.mark.parametrize(("name", "values", "words"), BAD)
def test_bad_settings_are_refused_in_one_line(name, values, words):
    with pytest.raises(InputError, match=words) as caught:
        maker(name, **values)
    assert "\n" not in str(caught.value) and "set " in str(caught.value)
