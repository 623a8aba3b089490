"""The report lists the rows that show the same, or nearly the same, under different labels."""

import pytest

from lightning_contrast.evaluation.judge import judge, publish
from lightning_contrast.evaluation.overview import conflicts_table
from lightning_contrast.rows.conflicts import Conflict
from lightning_contrast.runtime.csv_cells import read_csv
from tests.protocols.untrained import untrained

NEAR = "the third of the rooms was as warm as the first and very quiet at {}"


@pytest.fixture(scope="module")
def left(tmp_path_factory):
    """The folder of a run on forty plain rows, an exact conflict and a near one, and its rows."""
    folder = tmp_path_factory.mktemp("conflicts")
    plain = [(f"{'ab'[i % 2]}{i} {'ab'[i % 2]}{i * 7 % 40} word", "ab"[i % 2]) for i in range(40)]
    rows = [*plain, ("=one of two", "a"), ("=One of two!", "b")]
    rows += [(NEAR.format("night"), "a"), (NEAR.format("noon"), "b")]
    lines = ["text,label", *(f"{text},{label}" for text, label in rows)]
    (folder / "rows.csv").write_text("\n".join(lines), encoding="utf-8")
    words = ("source=table", f"source.path={folder}/rows.csv", "quiet=true")
    with pytest.warns(UserWarning, match="4 of 44 rows repeat another row under another label"):
        subject = untrained(folder, *words)
    return subject, publish(subject, judge(subject), {})[0], rows


def test_both_texts_and_labels_of_each_conflict_are_in_the_csv(left):
    subject, _, rows = left
    header, *lines = read_csv(subject.directory / "evaluation/tables/run_conflicting_labels.csv")
    assert header == ["row", "text", "label", "other row", "its text", "its label", "alike"]
    assert lines == [
        ["41", *rows[40], "42", *rows[41], "exactly"],
        ["43", *rows[42], "44", *rows[43], "nearly"],
    ]


def test_the_page_shows_them_and_says_how_many(left):
    subject, sections, _ = left
    page = (subject.directory / "report.html").read_text(encoding="utf-8")
    assert "Rows that show the same, or nearly the same, under different labels." in page
    assert "=One of two!" in page
    assert any("4 of 44 rows" in note for note in sections["run"].findings.notes)


def test_a_run_without_conflicts_has_no_such_table(text_subject, tmp_path):
    subject = text_subject
    assert not subject.datamodule.splits.conflicts
    table = conflicts_table(subject, [Conflict(2, 1, False), Conflict(1, 2, False)])
    assert len(table.rows) == 1, "a pair is listed once"
