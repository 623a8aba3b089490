"""A text that a spreadsheet would evaluate is written so that it does not, and reads back."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lightning_contrast.runtime.csv_cells import CsvWriter, guarded, plain, read_csv

RISKY = ["=1+1", "+49", "@sum", "-3 warm", "\t=1", "\rx", "\nx", " =1", "'=1", "''=1", "\ufeff=1"]
RISKY += ["＝1+1", "\u200b@x", "a;=1+1;b", "a\t+1", "a\n@b", "x;\t=1", "a; -2+3"]
HARMLESS = ["a = b", "it's", "'quoted'", "fine ;-)", "a-b", "x; y", "one\ntwo", "", "50 % + 1"]


def evaluates(cell: str) -> bool:
    """Whether a spreadsheet takes the cell for a formula: it drops blanks and unseen signs."""
    seen = cell.lstrip(" \t\r\n\v\f\x00\x1c\x1d\x1e\x1f\x85\xa0\u200b\u2060\ufeff")
    return seen[:1] in ("=", "+", "-", "@", "＝", "＋", "－", "＠") and seen != "-)"


def cells_seen(text: str, separator: str) -> list[str]:
    """The cells of a line as a spreadsheet with this separator cuts it."""
    return [
        cell
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        for cell in row
    ]


@pytest.mark.parametrize("text", RISKY)
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_no_cell_that_a_spreadsheet_sees_is_a_formula(text, separator, tmp_path):
    path = tmp_path / "a.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        CsvWriter(file).row(["row", text, 1])
    written = path.read_bytes().decode()
    assert not any(map(evaluates, cells_seen(written, separator)))
    assert list(read_csv(path)) == [["row", text, "1"]]


@pytest.mark.parametrize("text", HARMLESS)
def test_a_harmless_text_is_written_as_it_is(text):
    assert guarded(text) == text == plain(text)


def test_numbers_stay_numbers():
    assert [guarded(cell) for cell in (-0.5, 3, None)] == [-0.5, 3, None]


@given(st.text(st.sampled_from("=+-@'\t\r\n ;a1(.\ufeff＝－\u200b")))
@example("\t=x")
@example("'\t'=x")
def test_every_text_reads_back(text):
    assert plain(guarded(text)) == text


@given(st.text())
def test_any_text_of_unicode_reads_back_and_is_no_formula(text):
    assert plain(guarded(text)) == text and not evaluates(guarded(text))
