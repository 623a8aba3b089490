"""Groups by hand, and the whole protocol against fairlearn on the same predictions."""

import sys

import numpy as np
import pandas as pd
import pytest
import torch
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_difference,
    equalized_odds_difference,
    false_negative_rate,
    false_positive_rate,
    selection_rate,
)
from sklearn.metrics import accuracy_score

from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.groups import differences, gaps, groups_of
from lightning_contrast.metrics.calibration import expected_calibration_error
from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.protocols.fairness import Fairness
from tests.protocols.untrained import untrained


def hand_made():
    """Group a: 4 rows, one of two negatives and none of two positives wrong. Group b: 2, all wrong.
    Group c: a single row, right."""
    values = np.array(["a", "a", "a", "a", "b", "b", "c"])
    label = torch.tensor([0, 0, 1, 1, 0, 1, 1])
    predicted = torch.tensor([0, 1, 1, 1, 1, 0, 1])
    chances = 0.2 + 0.6 * torch.eye(2)[predicted]
    return values, label, predicted, chances


def test_groups_by_hand():
    values, label, _, chances = hand_made()
    groups = groups_of(values, Judged(chances, label), [1], min_rows=2)
    found = {group.name: group for group in groups}
    assert list(found) == ["a", "b", "c"]
    assert [group.rows for group in found.values()] == [4, 2, 1]
    assert [group.accuracy for group in found.values()] == [0.75, 0.0, 1.0]
    assert [group.rates.false_positive for group in found.values()] == [0.5, 1.0, None]
    assert [group.rates.false_negative for group in found.values()] == [0.0, 1.0, 0.0]
    assert [group.rates.selection for group in found.values()] == [0.75, 0.5, 1.0]
    assert [group.rates.f1 for group in found.values()] == [0.8, 0.0, 1.0]
    assert [group.small for group in found.values()] == [False, False, True]
    assert [group.ece for group in found.values()] == pytest.approx([0.05, 0.8, 0.2])
    assert all(group.low <= group.accuracy <= group.high for group in found.values())


def test_gaps_are_over_the_groups_that_are_large_enough():
    values, label, _, chances = hand_made()
    found = gaps(groups_of(values, Judged(chances, label), [1], min_rows=2))
    assert found == pytest.approx(
        {
            "groups": 3,
            "small_groups": 1,
            "worst_accuracy": 0.0,
            "accuracy_gap": 0.75,
            "f1_gap": 0.8,
            "false_positive_gap": 0.5,
            "false_negative_gap": 1.0,
            "ece_gap": 0.75,
        }
    )
    assert gaps(groups_of(values, Judged(chances, label), [1], min_rows=9)) == {
        "groups": 3,
        "small_groups": 3,
    }


def test_differences_by_hand():
    values, label, predicted, _ = hand_made()
    large = values != "c"
    found = differences(values[large], label.numpy()[large], predicted.numpy()[large], [1])
    assert found == {"demographic_parity_difference": 0.25, "equalized_odds_difference": 1.0}
    # Group c has no negative: its false positives are no rate, and odds can't be compared.
    whole = differences(values, label.numpy(), predicted.numpy(), [1])
    assert whole == {"demographic_parity_difference": 0.5}
    assert differences(values[:4], label.numpy()[:4], predicted.numpy()[:4], [1]) == {}


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    random = np.random.default_rng(0)
    rows = {
        "text": [" ".join(f"w{n}" for n in random.integers(60, size=6)) for _ in range(400)],
        "label": random.choice(["no", "yes"], 400),
        "sex": random.choice(["f", "m"], 400),
        "age group": random.choice(["old", "young", "middle"], 400, p=[0.1, 0.5, 0.4]),
    }
    pd.DataFrame(rows).to_csv(folder / "people.csv", index=False)
    words = ["source=table", f"source.path={folder}/people.csv", "source.fractions=[0.4,0.1,0.5]"]
    return untrained(folder, *words, "source.attribute_columns=[sex,age group]")


def test_figures_are_those_of_fairlearn_on_the_same_predictions(subject):
    found = Fairness(min_rows=1)(subject)
    row = subject.test.index.numpy()
    raw = pd.read_csv(subject.config["source"]["path"])
    assert raw["text"].tolist() == list(subject.rows.raw)
    label, predicted = subject.test.label.numpy(), subject.test.logits.argmax(1).numpy()
    assert 0 < predicted.mean() < 1, "else the figures are trivial"
    metrics = {
        "accuracy": accuracy_score,
        "false_positive": false_positive_rate,
        "false_negative": false_negative_rate,
        "selection": selection_rate,
    }
    for what in ("sex", "age group", "sex&age group"):
        columns = raw.loc[row, what.split("&")].reset_index(drop=True)
        joined = columns.agg(" & ".join, axis=1)
        frame = MetricFrame(
            metrics=metrics, y_true=label, y_pred=predicted, sensitive_features=joined
        )
        difference = frame.difference(method="between_groups")
        for name in ("accuracy", "false_positive", "false_negative"):
            key = f"fairness/{what}/{name}_gap"
            assert found.figures[key] == pytest.approx(difference[name])
        assert found.figures[f"fairness/{what}/worst_accuracy"] == pytest.approx(
            frame.group_min()["accuracy"]
        )
        for name, reference in (
            ("demographic_parity_difference", demographic_parity_difference),
            ("equalized_odds_difference", equalized_odds_difference),
        ):
            expected = reference(label, predicted, sensitive_features=joined)
            assert found.figures[f"fairness/{what}/{name}"] == pytest.approx(expected)
        name = "by_" + what.replace("&", "_").replace(" ", "_")
        lines = {line[0]: line for line in found.tables[name].rows}
        assert {n: line[1] for n, line in lines.items()} == joined.value_counts().to_dict()
        for group, line in lines.items():
            own = frame.by_group.loc[group]
            assert (line[2], line[6], line[7], line[8]) == pytest.approx(tuple(own))
            at = torch.tensor((joined == group).tolist())
            chances = subject.test.logits[at].softmax(1)
            assert line[9] == expected_calibration_error(chances, subject.test.label[at])


def test_small_groups_are_flagged_and_not_compared(subject):
    found = Fairness(min_rows=30, intersections=False)(subject)
    lines = {line[0]: line[-1] for line in found.tables["by_age_group"].rows}
    assert lines == {"young": "", "middle": "", "old": "small"}
    assert found.figures["fairness/age group/small_groups"] == 1
    assert set(found.tables) == {"fairness", "by_sex", "by_age_group"}
    assert all(len(table.columns) == len(table.rows[0]) for table in found.tables.values())


def test_the_favourable_class_may_be_named(subject):
    yes, no = (
        Fairness(["sex"], positive=name, min_rows=1)(subject).figures for name in ("yes", "no")
    )
    assert yes == Fairness(["sex"], min_rows=1)(subject).figures
    key = "fairness/sex/false_positive_gap"
    assert no[key] == pytest.approx(yes["fairness/sex/false_negative_gap"]) != yes[key]


def test_mistakes_and_what_is_missing_are_said(subject, monkeypatch, tmp_path):
    with pytest.raises(InputError, match="no attribute 'age', it has sex, age group: set source"):
        Fairness(["age"])(subject)
    with pytest.raises(InputError, match="positive must be a class, got 'maybe': set it to one of"):
        Fairness(positive="maybe")(subject)
    with pytest.raises(InputError, match="min_rows must be a whole number of at least 1"):
        Fairness(min_rows=0)
    monkeypatch.setitem(sys.modules, "fairlearn.metrics", None)
    with pytest.raises(InputError, match=r"pip install 'lightning-contrast\[fairness\]'"):
        Fairness()(subject)


def test_without_attributes_the_report_says_so(tmp_path):
    digits = untrained(tmp_path, "modality=image", "source=digits", "source.per_class=9")
    found = Fairness()(digits)
    assert found.figures == {} and "source.attribute_columns" in found.notes[0]
