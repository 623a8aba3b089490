"""A person's own table in each format, and what may be wrong with it."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from lightning_contrast.data.prepare import prepare
from lightning_contrast.errors import InputError
from lightning_contrast.sources.table import Table

CASES = Path(__file__).parents[1] / "files" / "cases"
Articles = list[tuple[str, str]]


def write(path: Path, articles: Articles) -> None:
    records = [{"body": text, "topic": topic} for text, topic in articles]
    if path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(r) for r in records) + "\n", encoding="utf-8")
    elif path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_pylist(records), path)
    else:
        with path.open("w", newline="", encoding="utf-8-sig") as file:
            separator = "\t" if path.suffix == ".tsv" else ","
            writer = csv.DictWriter(file, ["body", "topic"], delimiter=separator)
            writer.writeheader()
            writer.writerows(records)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_every_format_gives_the_rows_that_were_written(
    tmp_path: Path, articles: Articles, suffix: str
) -> None:
    write(tmp_path / f"news{suffix}", articles)
    table = Table(str(tmp_path / f"news{suffix}"), text_column="body", label_column="topic")
    rows = table.load()
    assert [(t, rows.classes[n]) for t, n in zip(rows.raw, rows.label, strict=True)] == articles
    assert rows.classes == ("business", "sports", "tech")
    assert set(rows.split.tolist()) == {-1}


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_a_missing_column_is_named_with_those_present(
    tmp_path: Path, articles: Articles, suffix: str
) -> None:
    write(tmp_path / f"news{suffix}", articles)
    with pytest.raises(InputError) as error:
        Table(str(tmp_path / f"news{suffix}"), text_column="titel", label_column="topic").load()
    assert str(error.value) == (
        f"column 'titel' is not in news{suffix}; its columns are: body, topic. "
        "Set source.text_column to one of them"
    )


def save(tmp_path: Path, content: str | bytes, name: str = "a.csv") -> str:
    data = content.encode() if isinstance(content, str) else content
    (tmp_path / name).write_bytes(data)
    return str(tmp_path / name)


def test_groups_and_splits_come_from_their_columns(tmp_path: Path) -> None:
    path = save(
        tmp_path,
        "text,label,author,part\na,1,ann,train\nb,10,bob,Dev\nc,2,ann,test\nd,2,,val\ne,1,,training\n",
    )
    rows = Table(path, group_column="author", split_column="part").load()
    assert rows.split.tolist() == [0, 1, 2, 1, 0]
    assert rows.group[0] == rows.group[2]
    assert len(set(rows.group.tolist())) == 4
    assert rows.classes == ("1", "2", "10")


def test_an_unknown_split_is_named_with_its_row(tmp_path: Path) -> None:
    path = save(tmp_path, "text,label,part\na,1,train\nb,2,holdout\n")
    with pytest.raises(InputError, match=r"row 2 of a\.csv: 'part' must be .* got 'holdout'"):
        Table(path, split_column="part").load()


@pytest.mark.parametrize(
    ("name", "content", "row"),
    [
        ("a.csv", "text,label\na,x\n  ,y\nc,x\n", "row 2 of a.csv: 'text' must be a text"),
        ("a.csv", "text,label\na,x\nb,\nc,x\n", "row 2 of a.csv: 'label' must not be empty"),
        ("a.csv", "text,label\na,x\nb\nc,x\n", "row 2 of a.csv (line 3) must have 2 fields"),
        ("a.csv", "text,label\na,x\nb,y,z\nc,x\n", "row 2 of a.csv (line 3) must have 2 fields"),
        ("a.jsonl", '{"text": "a", "label": 1}\n{oops\n{"text": "c", "label": 1}\n', "row 2 of"),
        ("a.jsonl", '{"text": "a", "label": 1}\n[]\n{"text": "c", "label": 1}\n', "row 2 of"),
        ("a.jsonl", '{"text": "a", "label": 1}\n{"label": 1}\n{"text": "c", "label": 1}', "row 2"),
    ],
)
def test_a_bad_row_is_named_or_skipped_with_a_count(
    tmp_path: Path, name: str, content: str, row: str
) -> None:
    path = save(tmp_path, content, name)
    with pytest.raises(InputError) as error:
        Table(path).load()
    assert str(error.value).startswith(row)
    assert "\n" not in str(error.value)
    rows = Table(path, skip_bad_rows=True).load()
    assert rows.raw == ["a", "c"]
    assert rows.counts == {"skipped": 1}


def test_a_wrong_encoding_is_named_with_its_line_and_its_mend(tmp_path: Path) -> None:
    path = save(tmp_path, "text,label\nok,x\ncaf\xe9,y\n".encode("latin-1"))
    with pytest.raises(
        InputError, match=r"row 2 of a\.csv: byte 0xe9 is not utf-8: set source\.encoding"
    ):
        Table(path).load()
    assert Table(path, encoding="latin-1").load().raw[1] == "café"
    with pytest.raises(InputError, match="got 'utf-9'"):
        Table(path, encoding="utf-9").load()


def test_quotation_marks_may_be_ordinary_characters(tmp_path: Path) -> None:
    path = save(tmp_path, 'text\tlabel\n"so" she said\tx\nb\ty\n', "a.tsv")
    with pytest.raises(InputError, match=r"line 2: .*source\.quote=null"):
        Table(path).load()
    assert Table(path, quote=None).load().raw == ['"so" she said', "b"]


def test_line_ends_inside_a_text_do_not_end_the_row(tmp_path: Path) -> None:
    path = save(tmp_path, 'text;label\r\n"a\u2028b\r\nc";x\r\n\r\nNo;none\r\n')
    rows = Table(path, separator=";").load()
    assert rows.raw == ["a\u2028b\r\nc", "No"]
    assert rows.classes == ("none", "x")


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "", "is empty"),
        ("a.jsonl", "\n", "is empty"),
        ("a.parquet", "no", "is not a Parquet file"),
        ("a.xlsx", "no", "is not an Excel workbook"),
        ("a.xls", "no", "must end in .csv, .tsv, .jsonl, .json, .parquet, .xlsx, .ndjson"),
        ("a.csv", "text,label\n", "a.csv has no rows below its header"),
        ("a.csv.gz", "text,label\n", "a.csv.gz can't be read"),
    ],
)
def test_a_file_that_is_no_table_is_said_to_be_none(
    tmp_path: Path, name: str, content: str, says: str
) -> None:
    with pytest.raises(InputError, match=says):
        Table(save(tmp_path, content, name)).load()


def test_a_missing_file_is_named_with_those_beside_it(tmp_path: Path) -> None:
    save(tmp_path, "", "other.csv")
    with pytest.raises(InputError, match=r"new\.csv does not exist; .* holds other\.csv\."):
        Table(str(tmp_path / "new.csv")).load()
    with pytest.raises(InputError, match="must be a file"):
        Table(str(tmp_path)).load()


def test_labels_in_lists_are_refused_and_in_objects_are_reached() -> None:
    with pytest.raises(InputError, match=r"row 1 of list_label\.jsonl: .*\(multi-label\)"):
        Table(str(CASES / "list_label.jsonl"), skip_bad_rows=True).load()
    path = str(CASES / "dict_label.jsonl")
    with pytest.raises(InputError, match=r"label, lang: .* source\.label_column=meta\.label"):
        Table(path, label_column="meta").load()
    rows = Table(path, label_column="meta.label").load()
    assert rows.classes == ("bad", "good") and len(rows.raw) == 80
    with pytest.raises(InputError, match=r"row 1 of .*: 'meta\.topic' must not be empty, got None"):
        Table(path, label_column="meta.topic").load()


def test_labels_that_differ_in_case_only_become_one_class() -> None:
    source = Table(str(CASES / "letter_case.csv"))
    with pytest.warns(UserWarning, match=r"'BAD', 'Bad', 'bad', 'GOOD', 'Good', 'good'; set"):
        assert len(prepare(source).labelled.classes) == 6
    source.label_case = "lower"
    splits = prepare(source)
    assert splits.labelled.classes == ("bad", "good")
    assert sorted(Counter(splits.labelled.label.tolist()).values()) == [40, 40]


def test_texts_under_two_labels_are_found_in_a_table() -> None:
    source = Table(str(CASES / "conflicting.csv"))
    with pytest.warns(UserWarning, match=r"20 of 70 rows .* \(0 contents exactly, 10 nearly\)"):
        splits = prepare(source)
    raw = splits.labelled.raw
    assert all(
        raw[c.row].replace("also", "too") == raw[c.other].replace("also", "too")
        for c in splits.conflicts
    )
    source.conflicting = "drop"
    with pytest.warns(UserWarning, match="20 of 70 rows"):
        assert sum(map(len, prepare(source)[1:4])) == 50


def test_a_class_of_one_row_is_left_out_if_asked() -> None:
    source = Table(str(CASES / "rare_class.csv"))
    with pytest.raises(InputError, match=r"these have one: single_0, .*source\.min_rows=2"):
        prepare(source)
    source.min_rows = 2
    with pytest.warns(UserWarning, match=r"classes with .* left out: 'single_0' \(1\), "):
        assert prepare(source).labelled.classes == ("bad", "good")


@pytest.mark.parametrize("word", ["NaN", "None", "", "nan", "null"])
def test_a_missing_value_is_a_bad_row_unless_it_is_said_to_be_none(
    tmp_path: Path, word: str
) -> None:
    path = save(tmp_path, f"text,label\na,x\nb,{word}\n{word},x\nd,x\n")
    with pytest.raises(InputError, match=r"row 2 of a\.csv: 'label' must not be empty, got '"):
        Table(path).load()
    rows = Table(path, skip_bad_rows=True).load()
    assert (rows.raw, rows.counts) == (["a", "d"], {"skipped": 2})
    if word:
        assert Table(path, missing=[]).load().classes == (word, "x")


def test_measured_labels_and_joined_ones_are_told(tmp_path: Path) -> None:
    lines = [f"text number {row} w{row} x{row},{row * 0.137:.3f}" for row in range(394)]
    with pytest.raises(InputError, match=r"these have one: .*these look like a regression: the"):
        prepare(Table(save(tmp_path, "\n".join(["text,label", *lines]))))
    lines = [f"text number {row % 40} w{row} x{row},{row % 30 + 0.5}" for row in range(300)]
    with pytest.warns(UserWarning, match="look like a regression: the labels are 30 different"):
        prepare(Table(save(tmp_path, "\n".join(["text,label", *lines]))))
    names = ["a", "b", '"a,b"', '"b,c"', "c"]
    lines = [f"text number {row} w{row} x{row},{names[row % 5]}" for row in range(100)]
    with pytest.warns(UserWarning, match=r"several labels a row: 'a,b', 'b,c'; each counts as a"):
        prepare(Table(save(tmp_path, "\n".join(["text,label", *lines]))))


def test_sides_may_be_files_of_their_own(tmp_path: Path) -> None:
    path = save(tmp_path, "text,label,part\na,x,train\nb,y,val\n")
    source = Table(
        path, split_column="part", test_path=save(tmp_path, "label;text\nx;c\n", "t.csv")
    )
    with pytest.warns(UserWarning, match=r"t\.csv: .*';'"):
        rows = source.load()
    assert rows.raw == ["a", "b", "c"] and rows.split.tolist() == [0, 1, 2]
    source = Table(path, validation_path=save(tmp_path, "text,label\nd,x\n,y\n", "v.csv"))
    with pytest.raises(InputError, match=r"row 2 of v\.csv: 'text' must be a text"):
        source.load()
    source.skip_bad_rows = True
    assert source.load().split.tolist() == [-1, -1, 1]
    source.test_path = save(tmp_path, "text,label\n", "none.csv")
    with pytest.raises(InputError, match=r"none\.csv has no rows .* set source\.test_path"):
        source.load()
