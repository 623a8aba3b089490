"""Rows with several labels: read, numbered, split."""

import json
from pathlib import Path

import numpy as np
import pytest

from lightning_contrast.data.prepare import prepare
from lightning_contrast.data.relabel import renumbered
from lightning_contrast.errors import InputError
from lightning_contrast.rows.label_sets import encode_sets, label_set, rarest
from lightning_contrast.sources.table import Table
from lightning_contrast.types import Labelled, LabelSets

WORDS = ["red", "green", "blue", "round", "square"]


def tags(row):
    """One to three labels; ``square`` is rare."""
    return [WORDS[row % 3]] + ["round"] * (row % 2) + ["square"] * (row % 20 == 0)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rows.jsonl"
    lines = [{"text": f"row {i} of word{i * 7919}", "label": tags(i)} for i in range(300)]
    path.write_text("\n".join(map(json.dumps, lines)))
    return str(path)


def labels_of(labelled, row):
    return {
        n for n, has in zip(labelled.sets.names, labelled.sets.members[row], strict=True) if has
    }


def test_lists_texts_and_columns_of_marks_say_the_same(table, tmp_path):
    lists = Table(table, multi_label=True).load()
    rows = [json.loads(line) for line in Path(table).read_text().splitlines()]
    csv, marks = tmp_path / "rows.csv", tmp_path / "marks.csv"
    csv.write_text(
        "text,label\n" + "\n".join(f"{r['text']},{' | '.join(r['label'])}" for r in rows)
    )
    marks.write_text(
        f"text,{','.join(WORDS)}\n"
        + "\n".join(
            f"{r['text']},{','.join(str(int(w in r['label'])) for w in WORDS)}" for r in rows
        )
    )
    texts = Table(str(csv), multi_label=True, label_separator="|", separator=",").load()
    columns = Table(str(marks), label_columns=WORDS).load()
    for other in (texts, columns):
        assert other.classes == lists.classes and other.names == lists.names == tuple(sorted(WORDS))
        assert (other.label == lists.label).all()
        assert (other.sets.members == lists.sets.members).all()
    assert labels_of(lists, lists.label[20]) == {"blue", "square"}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (["a", " b", "a"], {"a", "b"}),
        ("a;b;", {"a", "b"}),
        ([], set()),
        ("", None),
        (None, None),
        ([None, "x"], {"x"}),
        (3, {"3"}),
        (float("nan"), None),
    ],
)
def test_what_a_cell_says(cell, expected):
    found = label_set(cell, "row 1", "label")
    assert found == (None if expected is None else frozenset(expected))


def test_a_mark_that_is_neither_0_nor_1_is_named(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("text,a,b\none,1,0\ntwo,2,1\n")
    with pytest.raises(InputError, match=r"row 2 of x\.csv: 'a' must be 0 or 1"):
        Table(str(path), label_columns=["a", "b"]).load()


def test_an_object_is_refused():
    with pytest.raises(InputError, match="is an object"):
        label_set({"a": 1}, "row 1", "label")


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ([["a"]], r"holds a list in a list, \[\['a'\]\]: give each row one list"),
        ([1, 0, 0], r"zeros and ones, \[1, 0, 0\]: .* source\.label_columns"),
        (np.array([0.0, 1.0, 1.0]), "zeros and ones"),
    ],
)
def test_a_list_that_names_no_labels_is_refused_with_the_mend(cell, words):
    with pytest.raises(InputError, match=words):
        label_set(cell, "row 1", "label")


def test_no_separator_between_the_labels_of_a_text_is_refused(tmp_path):
    (tmp_path / "x.csv").write_text("text,label\none,a b\n")
    with pytest.raises(InputError, match=r"source\.label_separator .* is empty"):
        Table(str(tmp_path / "x.csv"), multi_label=True, label_separator="").load()


def test_a_row_without_any_label_can_be_written_in_a_table(tmp_path):
    (tmp_path / "x.csv").write_text("text,label\none,a;b\ntwo,;\n")
    rows = Table(str(tmp_path / "x.csv"), multi_label=True).load()
    assert [labels_of(rows, number) for number in rows.label] == [{"a", "b"}, set()]
    (tmp_path / "x.csv").write_text("text,label\none,a;b\ntwo,\n")
    with pytest.raises(InputError, match=r"without any label has \[\], or ';' as a text"):
        Table(str(tmp_path / "x.csv"), multi_label=True).load()


@pytest.mark.parametrize("salt", ["", "other", "third"])
def test_a_split_keeps_the_shares_of_the_labels(table, salt):
    splits = prepare(Table(table, multi_label=True, split_salt=salt))
    labelled = splits.labelled
    share = {
        name: labelled.sets.members[labelled.label[getattr(splits, name)]].mean(0)
        for name in ("train", "validation", "test")
    }
    assert [splits.counts[name] for name in share] == pytest.approx([210, 30, 60], abs=2)
    for name in ("validation", "test"):
        assert np.abs(share[name] - share["train"]).max() < 0.05
        assert share[name].min() > 0, "the rare label is on every side"


def test_the_sides_do_not_depend_on_the_order_of_the_rows(table, tmp_path):
    lines = Path(table).read_text().splitlines()
    (tmp_path / "turned.jsonl").write_text("\n".join(reversed(lines)))
    one = prepare(Table(table, multi_label=True))
    other = prepare(Table(str(tmp_path / "turned.jsonl"), multi_label=True))
    texts = [{s.labelled.raw[i] for i in s.test} for s in (one, other)]
    assert texts[0] == texts[1]


def test_a_label_with_one_row_is_refused_and_left_out_where_asked(tmp_path):
    path = tmp_path / "x.jsonl"
    rows = [{"text": f"row number {i}", "label": ["a", "b"][: 1 + i % 2]} for i in range(9)]
    path.write_text("\n".join(map(json.dumps, [*rows, {"text": "alone", "label": ["a", "rare"]}])))
    with pytest.raises(InputError, match="two rows or more, and these have one: rare"):
        prepare(Table(str(path), multi_label=True))
    with pytest.warns(UserWarning, match=r"source.min_rows=2 are left out: 'rare' \(1\)"):
        splits = prepare(Table(str(path), multi_label=True, min_rows=2))
    assert splits.labelled.names == ("a", "b")


def test_labels_of_another_source_are_matched_by_name():
    classes, label, sets = encode_sets([frozenset("ac"), frozenset("c"), None])
    none = np.zeros(3, dtype=np.int64)
    rows = Labelled(["x", "y", "z"], label, classes, none, none, {}, sets=sets)
    found = renumbered(rows, ["c", "b", "a"])
    assert found.label.tolist() == label.tolist()
    assert found.sets.members.astype(int).tolist() == [[1, 0, 1], [1, 0, 0]]
    with pytest.raises(InputError, match="does not know: a"):
        renumbered(rows, ["b", "c"])


def test_the_rarest_label_decides():
    sets = LabelSets(("a", "b"), np.array([[True, True], [True, False]]))
    assert rarest(np.array([0, 1, 1]), sets).tolist() == [1, 0, 0]


def test_paths_are_labels_of_all_their_levels(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        "text,label\none,sport/football\ntwo,sport/tennis\nthree,tech/other\nfour,sport\n"
    )
    rows = Table(str(path), label_paths=True).load()
    found = [labels_of(rows, number) for number in rows.label]
    assert found[:2] == [{"sport", "sport/football"}, {"sport", "sport/tennis"}]
    assert found[2:] == [{"tech", "tech/other"}, {"sport"}]
