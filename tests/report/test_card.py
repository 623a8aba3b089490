"""The model card of a run: what it says is what the run found."""

import json
import re

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score, precision_score, recall_score

from lightning_contrast.inference.run_rows import run_rows
from lightning_contrast.metrics.calibration import expected_calibration_error
from lightning_contrast.report.card import write_model_card
from lightning_contrast.report.card_facts import told
from lightning_contrast.report.card_limits import limits
from lightning_contrast.report.classes import ClassScore, by_class, class_table
from lightning_contrast.report.findings import Findings, ReportTable, Share
from lightning_contrast.report.markdown import markdown_table
from lightning_contrast.report.report import Section
from lightning_contrast.types import Embedded


def rows_of(card: str, title: str) -> list[list[str]]:
    section = card.split(f"\n## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_card_of_a_run_has_its_data_recipe_metrics_groups_and_limits(bbc_run, bbc):
    card = (bbc_run / "model_card.md").read_text(encoding="utf-8")
    result = json.loads((bbc_run / "result.json").read_text())
    titles = re.findall(r"^## (.*)$", card, re.MULTILINE)
    assert titles == ["Data", "Recipe", "Metrics", "Groups", "Limits"]
    assert "business, entertainment, politics, sports, tech" in card
    assert f"Of {result['rows/rows']} rows, {result['rows/train']} were trained on" in card
    assert "| loss | SupCon (temperature 0.1, form out) |" in card
    accuracy = f"{100 * result['test/accuracy']:.2f} %"
    assert ["accuracy", f"{100 * result['validation/accuracy']:.2f} %", accuracy] in rows_of(
        card, "Metrics"
    )
    splits = run_rows(bbc)
    texts = [splits.labelled.raw[row] for row in splits.test]
    predicted = [p.label for p in bbc.predict(texts)]
    label = [bbc.classes[n] for n in splits.labelled.label[splits.test]]
    groups = {cells[0]: cells[1:] for cells in rows_of(card, "Groups")[2:]}
    for name in bbc.classes:
        scores = (precision_score, recall_score, f1_score)
        expected = [s(label, predicted, labels=[name], average=None)[0] for s in scores]
        shown = ["40", str(label.count(name)), *(f"{100 * value:.2f} %" for value in expected)]
        assert groups[name] == shown
    with torch.inference_mode():
        logits = bbc.head(bbc.features(texts))
    numbers = torch.from_numpy(splits.labelled.label[splits.test])
    before, after = (
        f"{100 * expected_calibration_error((logits / t).softmax(1), numbers):.2f} %"
        for t in (1, bbc.temperature)
    )
    assert f"their error goes from {before} to {after}" in card
    assert "\n\n\n" not in card and "{" not in card


def test_classes_without_rows_are_said_to_have_none():
    eye = torch.eye(3)
    test = Embedded(eye, eye, eye, torch.tensor([0, 1, -1]), torch.arange(3))
    groups = by_class(["a", "b|c", "d"], np.array([0, 0, 1, -1]), test)
    assert groups[0] == ClassScore("a", 2, 1, 1.0, 1.0, 1.0)
    lines = markdown_table(class_table(groups)).splitlines()
    assert lines[3].startswith(r"| b\|c | 1 |")
    assert lines[4] == "| d | 0 | 0 | – | – | – |"
    none = Embedded(*(column[:0] for column in test))
    assert [group.test for group in by_class(["a", "b"], np.array([0]), none)] == [0, 0]


@pytest.mark.parametrize(
    ("figure", "value", "said"),
    [
        ("distribution/imbalance", 50.0, "50 times the training rows"),
        ("distribution/noise_rate", 0.4, "40.00 % of the training labels were changed"),
        (
            "rows/duplicates_with_other_label",
            47,
            "47 texts or images have several labels",
        ),
        (
            "rows/groups_across_splits",
            3,
            "3 groups of related rows have rows in training",
        ),
    ],
)
def test_a_limit_is_told_where_the_run_has_it(figure, value, said, bbc):
    eye, label = torch.eye(5), torch.arange(5)
    test = Embedded(eye, eye, eye, label, label)
    groups = by_class(bbc.classes, np.repeat(np.arange(4), 10), test)
    plain = limits({"seed": 0}, {}, bbc, groups)
    told_of_it = limits({"seed": 0}, {figure: value}, bbc, groups)
    assert len(told_of_it) == len(plain) + 1 and any(said in line for line in told_of_it)
    assert any("Without a training row, and so hardly ever predicted: tech." in x for x in plain)
    assert any("Fewer than 30 test rows" in line for line in plain)


def test_parts_are_told_in_a_few_words():
    path = "lightning_contrast.candidates."
    several = {"a": {"_target_": path + "in_batch.InBatch"}, "b": {"_target_": "x.Queue", "n": 5}}
    assert told(several) == "InBatch; Queue (n 5)"
    assert (told(None), told({"_target_": "x.Y", "a": None, "_partial_": True})) == ("none", "Y")


def test_groups_of_rows_stand_below_the_classes_where_fairness_was_measured(text_subject, tmp_path):
    table = ReportTable(
        ("group", "rows", "accuracy"), [("young", 40, Share(0.75))], "Test rows by age."
    )
    found = {"fairness": Section("Fairness", Findings({}, {"by_age": table}))}
    result = {"train/steps": 1, "train/cpu_seconds": 1.0, "parameters": 10}
    write_model_card(tmp_path / "card.md", text_subject, result, found)
    groups = (tmp_path / "card.md").read_text().partition("## Groups")[2].partition("## Limits")[0]
    assert "Test rows by age.\n\n| group | rows | accuracy |\n|---|---|---|\n" in groups
    assert groups.rstrip().endswith("| young | 40 | 75.00 % |")
