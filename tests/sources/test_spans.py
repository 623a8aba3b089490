"""Sources of spans: what they read, and each mistake in one line."""

import json

import numpy as np
import pytest

from lightning_contrast.data.prepare import prepare
from lightning_contrast.errors import InputError
from lightning_contrast.sources._tags import spans_of
from lightning_contrast.sources.conll import CoNLL
from lightning_contrast.sources.peoples_daily import PeoplesDaily
from lightning_contrast.sources.spans import SpanLines
from tests.made_spans import write_spans

GOOD = {"text": "Ann met Bo in Rome.", "spans": [[8, 10, "person"], [0, 3, "person"]]}


@pytest.fixture
def lines(tmp_path):
    def write(*rows):
        path = tmp_path / "notes.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows))
        return path

    return write


def test_spans_come_in_order_and_classes_are_tags(lines):
    place = {"text": "In Rome", "spans": [{"start": 3, "end": 7, "label": "place"}]}
    rows = SpanLines(str(lines(GOOD, place, {"text": "Nobody.", "spans": []}))).load()
    assert rows.classes == ("O", "B-person", "I-person", "B-place", "I-place")
    found = [rows.raw[r][a:b] for r, a, b in zip(*rows.spans[:3], strict=True)]
    assert found == ["Ann", "Bo", "Rome"] and rows.spans.label.tolist() == [1, 1, 3]
    assert rows.label.tolist() == [1, 3, 0]  # of a text: its rarest type


def test_types_that_do_not_count_are_background(lines):
    place = {"text": "In Rome", "spans": [[3, 7, "place"]]}
    rows = SpanLines(str(lines(GOOD, place)), types=["place"]).load()
    assert rows.classes == ("O", "B-place", "I-place")
    assert rows.label.tolist() == [0, 1] and len(rows.spans.row) == 1


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"text": "Ann", "spans": [[0, 4, "x"]]}, r"span 0 to 4 \(x\) must lie in the text's 3"),
        ({"text": "Ann", "spans": [[2, 2, "x"]]}, r"span 2 to 2 .* its end behind its start"),
        ({"text": "Ann", "spans": [[-1, 2, "x"]]}, r"span -1 to 2"),
        (
            {"text": "Ann", "spans": [[0, 2, "x"], [1, 3, "y"]]},
            r"spans 0 to 2 \(x\) and 1 to 3 \(y\) ov",
        ),
        ({"text": "Ann", "spans": [[0, "2", "x"]]}, r"a span must be \[start, end, label\]"),
        ({"text": "Ann", "spans": [{"start": 0, "end": 3}]}, r"a span must be"),
        ({"text": "Ann", "spans": None}, r"the spans must be a list, got None"),
        ({"text": " ", "spans": []}, r"the text must not be empty"),
    ],
)
def test_a_bad_line_is_named_and_can_be_left_out(lines, row, words):
    path = str(lines(GOOD, row))
    with pytest.raises(InputError, match=rf"row 2 of notes.jsonl: {words}") as error:
        SpanLines(path).load()
    assert "\n" not in str(error.value) and "source.skip_bad_rows=true" in str(error.value)
    rows = SpanLines(path, skip_bad_rows=True).load()
    assert len(rows.raw) == 1 and rows.counts["skipped"] == 1


def test_what_is_for_whole_texts_is_refused(lines):
    path = str(lines(GOOD, GOOD))
    with pytest.raises(InputError, match=r"set source.min_rows=1"):
        SpanLines(path, min_rows=2).load()
    with pytest.raises(InputError, match=r"set source.label_case=null"):
        SpanLines(path, label_case="lower").load()
    with pytest.raises(InputError, match=r"no text has a span of type city; there are person"):
        SpanLines(path, types=["city"]).load()
    with pytest.raises(InputError, match=r"columns are: text, spans. Set source.split_column to"):
        SpanLines(path, split_column="side").load()
    with pytest.raises(InputError, match=r"source.types names no type"):
        SpanLines(path, types=[]).load()
    with pytest.raises(InputError, match=r"the source holds no span"):
        SpanLines(str(lines({**GOOD, "spans": []}))).load()


def test_a_column_says_the_side(lines):
    rows = [{**GOOD, "side": side} for side in ("train", "dev", "test")]
    assert SpanLines(str(lines(*rows)), split_column="side").load().split.tolist() == [0, 1, 2]
    with pytest.raises(InputError, match=r"must be train, validation or test, got 'no'"):
        SpanLines(str(lines({**GOOD, "side": "no"})), split_column="side").load()


CONLL = """-DOCSTART- -X- O

EU NNP B-ORG
rejects VBZ O
New NNP I-LOC
York NNP I-LOC

Oslo NNP B-LOC
Rome NNP B-LOC
"""


def test_conll_words_become_a_text_with_spans_and_repairs_are_counted(tmp_path):
    (tmp_path / "train.txt").write_text(CONLL)
    rows = CoNLL(str(tmp_path / "train.txt")).load()
    assert rows.raw == ["EU rejects New York", "Oslo Rome"]
    found = [rows.raw[r][a:b] for r, a, b in zip(*rows.spans[:3], strict=True)]
    assert found == ["EU", "New York", "Oslo", "Rome"] and rows.counts["tags_repaired"] == 1
    joined = CoNLL(str(tmp_path / "train.txt"), joined_by="").load()
    assert joined.raw[0] == "EUrejectsNewYork" and joined.spans.stop.tolist()[1] == 16


def test_tags_become_spans_as_seqeval_reads_repaired_ones():
    from seqeval.metrics.sequence_labeling import get_entities

    random = np.random.default_rng(0)
    for _ in range(200):
        tags = random.choice(["O", "B-a", "I-a", "B-b", "I-b"], 9).tolist()
        found, _ = spans_of(["x"] * 9, tags, "")
        expected = [(start, stop + 1, kind) for kind, start, stop in get_entities(tags)]
        assert found == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Rome B-LOC\nis E-LOC\n", r"line 2 of a.txt: the tag must be O, B-TYPE or I-TYPE"),
        ("Rome B-\n", r"line 1 of a.txt: the tag must be"),
        ("Rome 0\n", r"got '0'"),
        ("\n\n", r"holds no sentence"),
    ],
)
def test_a_bad_conll_file_is_told_in_one_line(tmp_path, text, words):
    (tmp_path / "a.txt").write_text(text)
    with pytest.raises(InputError, match=words):
        CoNLL(str(tmp_path / "a.txt")).load()


def test_a_column_that_is_not_there_is_told(tmp_path):
    (tmp_path / "a.txt").write_text("Rome B-LOC\n")
    with pytest.raises(
        InputError, match=r"line 1 of a.txt has 2 columns, .* set source.tag_column"
    ):
        CoNLL(str(tmp_path / "a.txt"), tag_column=3).load()


def test_what_must_be_fetched_is_told(tmp_path):
    with pytest.raises(InputError, match=r"fetch_data peoples_daily"):
        PeoplesDaily(path=str(tmp_path)).load()


def test_few_texts_a_class_are_few_texts_of_a_type(tmp_path):
    path = write_spans(tmp_path / "notes.jsonl")
    splits = prepare(SpanLines(str(path), per_class=2))
    assert np.bincount(splits.labelled.label[splits.train], minlength=5).max() == 2
    assert "conflicting_labels" not in splits.notes


@pytest.mark.parametrize("alone", [[], [{"text": "Oslo is far", "spans": [[0, 4, "place"]]}]])
def test_one_type_is_enough_and_a_type_of_one_text_is_trained_on(lines, alone):
    rows = [{"text": f"Ann met Bo {n}", "spans": [[0, 3, "person"]]} for n in range(20)]
    splits = prepare(SpanLines(str(lines(*rows, *alone))))
    assert splits.counts["test"] == 4
    assert set(splits.labelled.label) == set(splits.labelled.label[splits.train])
