"""Pairs of texts with a score: tables, data sets of the hub, splits, and their mistakes."""

import json

import numpy as np
import pytest

from lightning_contrast.data.prepare import prepare
from lightning_contrast.errors import InputError
from lightning_contrast.sources.scored_pairs import HuggingFaceScoredPairs, ScoredPairs

WORDS = ["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen"]
PAIRS = [
    {"text": f"{a} {n}", "pair": f"{b} of {n}", "score": (n + i) % 6}
    for n, a in enumerate(WORDS)
    for i, b in enumerate(reversed(WORDS))
    if i < 3
]


def table(path, pairs=PAIRS):
    path.write_text("\n".join(map(json.dumps, pairs)))
    return str(path)


def test_each_pair_is_a_row_with_its_partner_and_the_score_of_the_two(tmp_path):
    rows = ScoredPairs(path=table(tmp_path / "p.jsonl"), lowest=0, highest=5).load()
    size = len(PAIRS)
    assert rows.raw == [p["text"] for p in PAIRS] + [p["pair"] for p in PAIRS]
    assert rows.identity.tolist() == [*range(size)] * 2
    assert (rows.label == -1).all() and rows.classes == ()
    expected = np.array([p["score"] / 5 for p in PAIRS], dtype=np.float32)
    np.testing.assert_array_equal(rows.score, np.tile(expected, 2))
    plain = ScoredPairs(path=table(tmp_path / "p.jsonl")).load()
    np.testing.assert_array_equal(plain.score[:size], [p["score"] for p in PAIRS])


def test_pairs_that_share_a_text_stay_on_one_side_unless_a_column_says_the_side(tmp_path):
    source = ScoredPairs(path=table(tmp_path / "p.jsonl"), fractions=[0.5, 0.25, 0.25])
    splits = prepare(source)
    texts = [
        {splits.labelled.raw[row] for row in side}
        for side in (splits.train, splits.validation, splits.test)
    ]
    assert all(texts) and not texts[0] & texts[1] and not (texts[0] | texts[1]) & texts[2]
    sides = [{**p, "side": ["train", "dev", "test"][i % 3]} for i, p in enumerate(PAIRS)]
    told = ScoredPairs(path=table(tmp_path / "s.jsonl", sides), split_column="side")
    assert prepare(told).test.tolist() == [*range(2, len(PAIRS), 3)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"score": "much"}, r"row 2 of p\.jsonl: 'score' must be a number, got 'much'"),
        ({"score": True}, "'score' must be a number, got True"),
        ({"pair": " "}, "both texts of a pair must be filled"),
        ({"score": 7}, "score 7 is not between source.lowest=0 and source.highest=5"),
    ],
)
def test_what_is_wrong_with_a_pair_is_told_or_left_out(tmp_path, change, words):
    path = table(tmp_path / "p.jsonl", [PAIRS[0], PAIRS[1] | change, *PAIRS[2:]])
    with pytest.raises(InputError, match=words):
        ScoredPairs(path=path, lowest=0, highest=5).load()
    kept = ScoredPairs(path=path, lowest=0, highest=5, skip_bad_rows=True).load()
    assert len(kept.label) == 2 * len(PAIRS) - 2 and kept.counts["skipped"] == 1


def test_a_wrong_scale_an_empty_file_and_a_wrong_side_are_told(tmp_path):
    path = table(tmp_path / "p.jsonl")
    with pytest.raises(InputError, match=r"source\.lowest must be below source\.highest"):
        ScoredPairs(path=path, lowest=5, highest=0).load()
    (tmp_path / "none.csv").write_text("text,pair,score\n")
    with pytest.raises(InputError, match=r"none\.csv has no rows"):
        ScoredPairs(path=str(tmp_path / "none.csv")).load()
    alike = table(tmp_path / "alike.jsonl", [pair | {"score": 2} for pair in PAIRS])
    with pytest.raises(InputError, match="different scores, and all 24 have 2: name the column"):
        ScoredPairs(path=alike).load()
    with pytest.raises(InputError, match=r"'text' must be train, validation or test, got 'ant 0'"):
        ScoredPairs(path=path, split_column="text").load()


def test_a_data_set_of_the_hub_gives_the_same_rows(tmp_path):
    datasets = pytest.importorskip("datasets")
    datasets.Dataset.from_list(PAIRS).save_to_disk(str(tmp_path / "hub"))
    names = {"text_column": "text", "pair_column": "pair"}
    hub = HuggingFaceScoredPairs(name=str(tmp_path / "hub"), **names).load()
    own = ScoredPairs(path=table(tmp_path / "p.jsonl")).load()
    assert hub.raw == own.raw
    np.testing.assert_array_equal(hub.score, own.score)
