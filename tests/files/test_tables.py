"""Tables as they come: packed, separated, encoded and nested in every way."""

import bz2
import gzip
import json
import lzma
import shlex
from pathlib import Path

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from lightning_contrast.errors import InputError
from lightning_contrast.files.tables import Reading, table_rows

CASES = Path(__file__).parent / "cases"
WANTED = {"text_column": "text", "label_column": "label"}
ROWS = [("one, text", "x"), ("another; text", "y")]


def read(path: Path, wanted: dict[str, str] | None = None, **how: object) -> list[tuple]:
    rows = list(table_rows(path, wanted or WANTED, Reading(**how)))  # type: ignore[arg-type]
    assert not any(row.problem for row in rows), [row.problem for row in rows]
    return [tuple(row.cells.values()) for row in rows]


def delimited(mark: str, header: str = "text{}label") -> str:
    return "\n".join([header.format(mark), *(f'"{t}"{mark}{label}' for t, label in ROWS), ""])


@pytest.mark.parametrize(
    ("end", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_a_packed_table_is_unpacked(tmp_path: Path, end: str, pack) -> None:
    (tmp_path / f"a.csv{end}").write_bytes(pack(delimited(",").encode()))
    lines = "\n".join(json.dumps({"text": t, "label": label}) for t, label in ROWS)
    (tmp_path / f"A.JSONL{end.upper()}").write_bytes(pack(lines.encode()))
    assert read(tmp_path / f"a.csv{end}") == ROWS == read(tmp_path / f"A.JSONL{end.upper()}")
    for damaged in (b"no", pack(delimited(",").encode() * 999)[:-20]):
        (tmp_path / f"b.csv{end}").write_bytes(damaged)
        with pytest.raises(InputError, match=rf"b\.csv\{end} can't be read \(.*\): get it again"):
            read(tmp_path / f"b.csv{end}")


@pytest.mark.parametrize("indent", [None, 2])
def test_a_json_array_is_read_and_so_are_lines_under_that_name(tmp_path: Path, indent) -> None:
    records = [{"text": t, "label": label} for t, label in ROWS]
    (tmp_path / "a.json").write_text("\n" + json.dumps(records, indent=indent))
    (tmp_path / "b.json").write_text("\n".join(map(json.dumps, records)))
    assert read(tmp_path / "a.json") == ROWS == read(tmp_path / "b.json")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('[{"text": "a"', "a.json is not JSON"),
        ("[]", "a.json is empty"),
        ('{"rows": []}', "its columns are: rows"),
        ('[{"body": 1}]', "its columns are: body"),
    ],
)
def test_json_that_is_no_table_is_said_to_be_none(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError, match=says):
        read(tmp_path / "a.json")


def test_an_array_of_other_things_has_bad_rows(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"text": "a", "label": 1}, 5]')
    problems = [row.problem for row in table_rows(tmp_path / "a.json", WANTED, Reading())]
    assert problems == ["", "row 2 of a.json must be a JSON object {...}"]


def test_a_workbook_gives_what_its_cells_show(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    assert book.active is not None
    for row in [(" text", "label"), ("one", 1), (None, None), (2024, 2.0), ("=1+1", True)]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert read(tmp_path / "a.xlsx") == [("one", "1"), ("2024", "2"), ("", "True")]
    book.create_sheet("more")
    book.save(tmp_path / "a.xlsx")
    with pytest.warns(UserWarning, match=r"a\.xlsx has 2 sheets: only the first, 'Sheet', is read"):
        read(tmp_path / "a.xlsx")
    (tmp_path / "b.xlsx").write_text("no")
    with pytest.raises(InputError, match=r"b\.xlsx is not an Excel workbook"):
        read(tmp_path / "b.xlsx")


@pytest.mark.parametrize(("name", "mark"), [("a.csv", ";"), ("a.csv", "\t"), ("a.tsv", ",")])
def test_another_separator_is_taken_from_the_header_and_said(
    tmp_path: Path, name: str, mark: str
) -> None:
    (tmp_path / name).write_text(delimited(mark))
    with pytest.warns(UserWarning, match=f"{name}: .*{mark!r}".replace("\\", r"\\")) as told:
        assert read(tmp_path / name) == ROWS
    assert read(tmp_path / name, separator=mark) == ROWS, "what was said needs no warning"
    mend = str(told[0].message).partition("set ")[2].removesuffix(" to be sure")
    given = OverridesParser.create().parse_override(*shlex.split(mend))
    assert given.key_or_group == "source.separator"
    assert read(tmp_path / name, separator=given.value()) == ROWS, "as a shell gives it"


def test_texts_full_of_commas_do_not_hide_the_separator() -> None:
    with pytest.warns(UserWarning, match="';'"):
        rows = read(CASES / "semicolon.csv")
    assert len(rows) == 80 and {label for _, label in rows} == {"good", "bad"}


def test_a_missing_column_is_told_with_the_columns_of_the_other_separator(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("body;label\na;b\n")
    with pytest.raises(InputError, match="its columns are: body, label"):
        read(tmp_path / "a.csv")


def test_the_line_that_excel_writes_before_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=;\n" + delimited(";"))
    assert read(tmp_path / "a.csv") == ROWS


def test_blanks_around_names_and_lines_before_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('\n\n text , label\n"one, text",x\nanother; text,y\n')
    assert read(tmp_path / "a.csv") == ROWS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_byte_order_mark_says_the_encoding(tmp_path: Path, encoding: str, name: str) -> None:
    lines = "\n".join(json.dumps({"text": t, "label": label}) for t, label in ROWS)
    text = delimited(",") if name == "a.csv" else lines
    (tmp_path / name).write_bytes(text.encode(encoding))
    assert read(tmp_path / name) == ROWS


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_two_bytes_a_character_without_a_mark_are_told(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes(delimited(",").encode(encoding))
    with pytest.raises(InputError, match=r"a\.csv, line 1: holds a NUL: set source\.encoding"):
        read(tmp_path / "a.csv")
    assert read(tmp_path / "a.csv", encoding=encoding) == ROWS


def test_a_nul_in_a_text_is_a_bad_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"text,label\na\0b,x\n")
    (row,) = table_rows(tmp_path / "a.csv", WANTED, Reading())
    assert row.problem.startswith("row 1 of a.csv: holds a NUL")


def test_dots_reach_into_objects_of_json_and_of_parquet(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = {"text_column": "text", "label_column": "meta.topic.name"}
    records = [{"text": t, "meta": {"topic": {"name": label}}} for t, label in ROWS]
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "a.parquet")
    (tmp_path / "a.json").write_text(json.dumps(records))
    assert read(tmp_path / "a.parquet", wanted) == ROWS == read(tmp_path / "a.json", wanted)
    (tmp_path / "b.json").write_text(json.dumps([{"text": "a", "meta.topic.name": "b"}]))
    assert read(tmp_path / "b.json", wanted) == [("a", "b")], "a name may hold dots"
    (tmp_path / "c.json").write_text(json.dumps([{"text": "a", "meta": {"topic": "b"}}]))
    assert read(tmp_path / "c.json", wanted) == [("a", None)]
    rows = read(CASES / "dict_label.jsonl", {"text_column": "text", "label_column": "meta.label"})
    assert {label for _, label in rows} == {"good", "bad"}


def test_two_columns_of_one_name_are_refused_if_they_are_wanted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,label,label,x,x\na,b,c,d,e\n")
    with pytest.raises(InputError, match=r"a\.csv has 2 columns called 'label': rename all but"):
        read(tmp_path / "a.csv")
    assert read(tmp_path / "a.csv", {"text_column": "text"}) == [("a",)]
    (tmp_path / "a.jsonl").write_text('{"text": "a", "label": 1, "label": 2}\n')
    (row,) = table_rows(tmp_path / "a.jsonl", {"text_column": "text"}, Reading())
    assert "two values called 'label'" in row.problem
