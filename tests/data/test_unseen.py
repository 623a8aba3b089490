"""What of texts a classifier can't see is told; the default tokenizer drops no symbol."""

import pytest

from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.data.unseen import told_unknown, unseen


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("😢😢💚", ["😢", "😢", "💚"]),
        ("🇩🇪🇫🇷 👍🏽", ["🇩🇪", "🇫🇷", "👍", "🏽"]),
        (":-) ok, then!", [":-)", "ok", "then"]),
        ("£5 in 2004", ["£", "5", "in", "2004"]),
        ("1234567 a1b 12abc don't", ["1234", "567", "a1b", "12abc", "don't"]),
        ("很好吃", ["很", "好", "吃"]),
        ("สวัสดี ok", ["ส", "ว", "ส", "ด", "ok"]),
    ],
)
def test_every_symbol_is_a_token(text, tokens):
    tokenizer = Tokenizer.train([text, "and words of letters, more of them"])
    assert tokenizer._pipeline.encode(text).tokens == tokens


def test_texts_of_digits_are_read_digit_by_digit():
    tokenizer = Tokenizer.train(["48213 99", "5512 0 67"])
    assert tokenizer._pipeline.encode("90125").tokens == list("90125")


def test_unknown_tokens_and_cut_texts_are_told_with_their_shares():
    tokenizer = Tokenizer.train(["a b c d e f g h"], max_length=4)
    texts = ["a b x y", "z", "a b c d e f", "a"]
    lines = unseen(tokenizer, tokenizer.encode(texts), texts)
    assert lines["unknown_tokens"].startswith("30.0 % of the tokens are unknown")
    assert "25.0 % of the texts have no known token: set datamodule." in lines["unknown_tokens"]
    assert lines["cut_texts"].startswith("1 of 4 texts are longer than 4 tokens, and the last 33 %")
    assert lines["cut_texts"].endswith("set datamodule.max_length=6")


def test_little_is_not_told():
    tokenizer = Tokenizer.train(["a b c"])
    texts = ["a b c"] * 40 + ["a b x"]
    assert unseen(tokenizer, tokenizer.encode(texts), texts) == {}
    assert told_unknown(0, 0, 0, 0) == ""


def test_a_token_dict_is_counted_as_its_texts_are():
    tokenizer = Tokenizer.train(["a b c"])
    assert tokenizer.unknown(tokenizer.batch(["a x", "y", "a b c"])) == (2, 6, 1, 3)
