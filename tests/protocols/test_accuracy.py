import copy
import math

import pytest
import torch

from lightning_contrast.evaluation.judge import judge
from lightning_contrast.protocols.accuracy import Accuracy
from lightning_contrast.types import Embedded


def test_its_figures_are_those_of_the_run_and_lie_in_their_intervals(subject):
    found = Accuracy(resamples=200)(subject)
    figures = found.figures
    run = judge(subject)
    for name in ("accuracy", "macro_f1", "ece"):
        assert figures[f"test/{name}"] == pytest.approx(run[f"test/{name}"], abs=1e-6)
    intervals = [name for name in figures if name.endswith("/low")]
    classes = {f"f1/{name}" for name in subject.classes}
    expected = {"accuracy", "balanced_accuracy", "macro_f1", "ece", *classes}
    assert expected <= {name.split("/", 1)[1].removesuffix("/low") for name in intervals}
    for name in intervals:
        low, high = figures[name], figures[name.removesuffix("low") + "high"]
        assert low <= high
        if "ece" not in name:
            assert low <= figures[name.removesuffix("/low")] <= high
    assert (("test/top_3_accuracy" in figures), ("test/top_5_accuracy" in figures)) == (
        len(subject.classes) > 3,
        len(subject.classes) > 5,
    )


def test_its_tables_count_the_test_rows(subject):
    tables = Accuracy(resamples=20)(subject).tables
    rows = len(subject.test.label)
    assert sum(row[2] for row in tables["classes"].rows) == rows
    assert sum(sum(row[1:]) for row in tables["confusion"].rows) == rows
    wrong = int((subject.test.logits.argmax(1) != subject.test.label).sum())
    assert len(tables["mistakes"].rows) == min(24, wrong)


def test_the_mistakes_are_wrong_rows_and_the_surest_come_first(text_subject):
    subject = copy.copy(text_subject)
    logits = torch.tensor([[5.0, 0, 0], [0, 2, 0], [0, 0, 3], [9, 0, 0], [0, 9, 0]])
    label = torch.tensor([0, 0, 1, 0, 1])
    subject.test = Embedded(logits, logits, logits, label, torch.arange(5) + 10)
    lines = Accuracy(resamples=1)(subject).tables["mistakes"].rows
    names = subject.classes
    assert [(line[0], line[2], line[3]) for line in lines] == [
        ("13", names[1], names[2]),
        ("12", names[0], names[1]),
    ]
    assert lines[0][4] == pytest.approx(math.exp(3) / (math.exp(3) + 2), abs=1e-6)
    assert len(Accuracy(resamples=1, mistakes=1)(subject).tables["mistakes"].rows) == 1
