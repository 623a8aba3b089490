"""Texts and labels that a spreadsheet or a browser would run, in everything that a run leaves."""

import csv
import json
import re

import pytest

from lightning_contrast.commands.predict import predict
from lightning_contrast.evaluation.judge import judge, publish
from lightning_contrast.protocols.accuracy import Accuracy
from lightning_contrast.protocols.diagnostics import Diagnostics
from lightning_contrast.report.card import write_model_card
from lightning_contrast.runtime.csv_cells import read_csv
from tests.protocols.untrained import untrained

LABELS = ("=1+1", "<script>alert(1)</script>", "@sum|x")
FIRST = ("=cmd", "+49", "-3", "@me", "<b>bold</b>")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        rows = [
            (f"{FIRST[i % 5]} row number {i} of {'abc'[i % 3] * 3} {i * 37 % 101}", LABELS[i % 3])
            for i in range(240)
        ]
        csv.writer(file).writerows([("text", "label"), *rows])
    subject = untrained(folder, "source=table", f"source.path={folder}/rows.csv", "quiet=true")
    result = judge(subject)
    sections = publish(
        subject, result, {"accuracy": Accuracy(resamples=5), "diagnostics": Diagnostics(batches=1)}
    )
    result |= {"train/steps": 1, "train/cpu_seconds": 1.0}
    write_model_card(folder / "model_card.md", subject, result, sections[0])
    return subject


def test_no_cell_of_any_table_is_a_formula_and_all_of_them_read_back(hostile):
    tables = sorted((hostile.directory / "evaluation" / "tables").glob("*.csv"))
    assert len(tables) > 5
    for path in tables:
        for row in csv.reader(path.read_text(encoding="utf-8").splitlines()):
            texts = [cell for cell in row if not re.fullmatch(r"-?[\d.e+-]+", cell)]
            assert not [cell for cell in texts if cell.startswith(("=", "+", "-", "@"))]
    confusion = list(read_csv(hostile.directory / "evaluation/tables/accuracy_confusion.csv"))
    assert set(confusion[0][1:]) == {row[0] for row in confusion[1:]} == set(LABELS)


def test_predictions_are_no_formulas_as_csv_and_exact_as_json_lines(hostile, tmp_path):
    texts = [f"{first} row" for first in FIRST]
    for suffix in ("csv", "jsonl"):
        predict(hostile.network, texts, tmp_path / f"out.{suffix}")
    written = list(csv.DictReader((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()))
    assert not [v for row in written for v in row.values() if v[:1] in ("=", "+", "-", "@")]
    header, *rows = read_csv(tmp_path / "out.csv")
    assert [row[header.index("input")] for row in rows] == texts
    exact = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["input"] for row in exact] == texts
    assert [row[header.index("label")] for row in rows] == [row["label"] for row in exact]


def test_the_card_and_the_page_hold_no_tag_of_a_row(hostile):
    card = (hostile.directory / "model_card.md").read_text(encoding="utf-8")
    page = (hostile.directory / "report.html").read_text(encoding="utf-8")
    for text in (card, page):
        assert "<script" not in text and "<b>bold" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in card and r"@sum\|x" in card
