import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lightning_contrast.build.parts import build_datamodule
from lightning_contrast.errors import InputError
from lightning_contrast.negatives._bm25 import nearest_by_words, query_matrix, score_matrix
from lightning_contrast.negatives.lexical import LexicalNegatives
from lightning_contrast.rows.content import normalise
from lightning_contrast.sources.bbc_news import BBCNews
from tests.runs import composed, write_news

BBC = BBCNews().load()
SOME = np.random.default_rng(0).permutation(len(BBC.label))[:120]
ARTICLES, TOPICS = [BBC.raw[row] for row in SOME], BBC.label[SOME]


def by_loop(texts, labels, terms, k1=1.5, b=0.75):
    """For each text the scores of the texts of other classes that share a word it is looked for by,
    by row; BM25 as in the books, one word after the other."""
    words = [normalise(text).split() for text in texts]
    length = sum(map(len, words)) / len(words)
    holders = {word: sum(word in row for row in words) for row in words for word in row}

    def weight(word, row):
        often = row.count(word)
        idf = math.log(1 + (len(words) - holders[word] + 0.5) / (holders[word] + 0.5))
        return idf * often / (often + k1 * (1 - b + b * len(row) / length))

    found = []
    for row, label in zip(words, labels, strict=True):
        telling = [word for word in holders if word in row and holders[word] > 1]
        value = {word: weight(word, row) for word in telling}
        telling = sorted(telling, key=value.get, reverse=True)[:terms]  # the first seen of equals
        others = [i for i in range(len(texts)) if labels[i] != label]
        scores = {i: sum(weight(w, words[i]) for w in telling if w in words[i]) for i in others}
        found.append({i: score for i, score in scores.items() if score})
    return found


def ranked(rule):
    """The rows that stand behind each row, best first."""
    pairs = zip(rule._ranked.row.tolist(), rule._ranked.count.tolist(), strict=True)
    return [row[:count] for row, count in pairs]


def check(texts, labels, terms, last):
    rule = LexicalNegatives(np.array(labels), texts, last=last, query_terms=terms)
    for row, scores in zip(ranked(rule), by_loop(texts, labels, terms), strict=True):
        assert len(set(row)) == len(row) == min(last, len(scores))
        best = sorted(scores.values(), reverse=True)[:last]
        assert [scores[i] for i in row] == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize("terms", [8, None])
def test_ranks_are_those_of_a_plain_loop_over_articles(terms):
    check(ARTICLES[:20], TOPICS[:20], terms, last=7)


TEXTS = st.lists(st.sampled_from(["a", "b", "c", "d", "猫", "犬在", "A-b", "!"]), max_size=6)
ROWS = st.lists(st.tuples(TEXTS.map(" ".join), st.integers(0, 2)), min_size=2, max_size=12)


@given(ROWS.filter(lambda rows: len({label for _, label in rows}) > 1), st.integers(1, 5))
def test_ranks_are_those_of_a_plain_loop_whatever_the_texts(rows, last):
    texts, labels = map(list, zip(*rows, strict=True))
    check(texts, labels, None, last)


def test_the_order_is_that_of_rows_where_scores_are_equal():
    texts = ["one cat", "a dog", "one cat", "one cat", "one cat", "a dog"]
    rule = LexicalNegatives(np.array([0, 1, 1, 0, 1, 0]), texts, last=3)
    assert ranked(rule) == [[2, 4], [5], [0, 3], [2, 4], [0, 3], [1]]


@pytest.mark.parametrize("chunk", [1, 3000, 1 << 30])
def test_chunks_of_any_size_give_the_same_ranks(chunk):
    scores = score_matrix(ARTICLES, 1.5, 0.75)
    queries = query_matrix(scores, 32)
    parts = list(nearest_by_words(scores, queries, TOPICS, 5, chunk))
    whole = LexicalNegatives(TOPICS, ARTICLES, last=5)
    assert [rows.start for rows, *_ in parts[1:]] == [rows.stop for rows, *_ in parts[:-1]]
    assert (len(parts) == len(TOPICS)) == (chunk == 1)
    assert np.concatenate([index for _, index, _ in parts]).tolist() == whole._ranked.row.tolist()


def test_chinese_texts_are_near_where_they_share_signs():
    texts = ["球队赢得冠军", "股市今天下跌", "球队输了决赛", "股价上涨"]
    rule = LexicalNegatives(np.array([0, 1, 1, 0]), texts, last=1)
    assert ranked(rule) == [[2], [3], [0], [1]]


def test_draws_are_k_different_ones_of_the_asked_ranks():
    whole = ranked(LexicalNegatives(TOPICS, ARTICLES, last=9))
    rule = LexicalNegatives(TOPICS, ARTICLES, k=3, first=4, last=9)
    seen = np.concatenate(
        [rule(np.arange(120), np.random.default_rng(seed)) for seed in range(60)], axis=1
    )
    assert seen.shape == (120, 180)
    for row, drawn in enumerate(seen.tolist()):
        assert set(drawn) == set(whole[row][3:])
        assert all(len(set(drawn[i : i + 3])) == 3 for i in range(0, 180, 3))


def test_a_text_that_shares_no_word_takes_any_row_of_another_class():
    texts = ["a b", "a c", "quite another thing", "a d"]
    rule = LexicalNegatives(np.array([0, 1, 0, 1]), texts, last=1)
    drawn = {int(rule(np.array([2]), np.random.default_rng(s))[0, 0]) for s in range(30)}
    assert drawn == {1, 3}


def test_articles_of_another_topic_share_more_words_than_those_drawn_at_random():
    rule = LexicalNegatives(TOPICS, ARTICLES, last=3)
    words = [set(normalise(text).split()) for text in ARTICLES]
    pairs = rule(np.arange(120), np.random.default_rng(0))[:, 0]
    other = np.random.default_rng(0).permutation(120)
    shared = [[len(words[i] & words[j]) for i, j in enumerate(row)] for row in (pairs, other)]
    assert np.mean(shared[0]) > 1.1 * np.mean(shared[1])


@pytest.mark.parametrize(
    ("labels", "settings", "line"),
    [
        ([0, 1, -1], {}, "negatives lexical needs a label for every row.*set negatives=random"),
        ([0, 1, 1], {"k": 3, "last": 2}, "negatives.k must be at most the 2 ranks"),
        ([0, 1, 1], {"first": 0}, "negatives.first=1"),
    ],
)
def test_bad_input_is_told(labels, settings, line):
    with pytest.raises(InputError, match=line) as error:
        LexicalNegatives(np.array(labels), ["a", "b", "c"], **settings)
    assert "\n" not in str(error.value)


def test_the_extra_is_named_where_its_package_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "bm25s", None)
    with pytest.raises(InputError, match=r"pip install 'lightning-contrast\[lexical\]'"):
        LexicalNegatives(np.array([0, 1]), ["a", "b"])


def test_images_have_no_words():
    run = composed("modality=image", "recipe=triplet_explicit", "negatives=lexical")
    with pytest.raises(InputError, match="negatives LexicalNegatives is for text, and the run's"):
        build_datamodule(run)


def test_a_run_is_given_its_training_texts_and_no_other(tmp_path):
    news = write_news(tmp_path / "news.csv")
    run = composed(
        "recipe=triplet_explicit", "negatives=lexical", "source=table", f"source.path={news}"
    )
    run["datamodule"]["batch_size"] = 20
    datamodule = build_datamodule(run)
    rule = datamodule.train_dataloader().dataset.negatives
    rows = datamodule.splits.labelled
    assert rule.texts == [rows.raw[row] for row in datamodule.splits.train]
    for batch in datamodule.train_dataloader():
        assert (batch.negative.label != batch.anchor.label[:, None]).all()
        assert set(batch.negative.index.flatten().tolist()) <= set(datamodule.splits.train.tolist())
