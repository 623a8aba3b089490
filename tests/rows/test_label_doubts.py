"""Labels that are something else than classes, and labels that only look odd."""

import numpy as np
import pytest

from lightning_contrast.rows.label_doubts import label_doubts, set_doubts
from lightning_contrast.types import LabelSets


def doubts(*names: str, rows: int = 9) -> list[str]:
    return list(label_doubts(names, np.full(len(names), rows)).values())


def numbers(count: int, step: float = 0.37) -> list[str]:
    return [str(round(number * step, 3)) for number in range(count)]


def test_classes_that_differ_in_case_or_blanks_are_named() -> None:
    (line,) = doubts("Good", "bad", "good", "very  good", "Very good", "GOOD")
    assert line == (
        "labels that differ only in case or blanks are classes apart: 'Good', 'good', 'GOOD', "
        "'very  good', 'Very good'; set source.label_case=lower to make one class of each"
    )


@pytest.mark.parametrize("names", [numbers(30), ["1e-3", *numbers(25, 1.5)], numbers(400)])
def test_many_numbers_look_like_a_regression(names: list[str]) -> None:
    (line,) = doubts(*names)
    assert line.startswith(f"these look like a regression: the labels are {len(names)} different")
    assert not doubts(*names[:20]), "few are a scale"


def test_whole_numbers_are_ids_unless_most_stand_alone() -> None:
    names = [str(number) for number in range(300)]
    assert not doubts(*names, rows=4)
    (line,) = doubts(*names, rows=1)
    assert "look like a regression" in line


@pytest.mark.parametrize("mark", [",", ";", " | ", ", "])
def test_joined_names_look_like_several_labels(mark: str) -> None:
    names = ["sports", "tech", "news", f"sports{mark}tech", f"tech{mark}news"]
    (line,) = doubts(*names)
    assert line.startswith("these look like several labels a row: ")
    assert repr(f"tech{mark}news") in line
    assert doubts(f"a{mark}b", f"b{mark}c", f"a{mark}c"), "none stands alone"


@pytest.mark.parametrize(
    "names",
    [
        ["Paris, France", "Lyon, France", "Bonn, Germany"],
        ["sports", "tech", "yes, but"],
        ["1.1", "1.2", "2.1"],
        ["nan", "inf", "1"],
        ["spam"],
        [],
    ],
)
def test_ordinary_names_raise_no_doubt(names: list[str]) -> None:
    assert doubts(*names) == []


def test_a_class_without_rows_counts_for_nothing() -> None:
    assert label_doubts(["Good", "good"], np.array([3, 0])) == {}


def test_a_separator_that_never_occurs_is_told_with_the_one_that_does() -> None:
    """Sets of one label each, which look like several that were not divided."""
    names = ("film", "film; sport", "sport", "sport; film")
    ones = LabelSets(names, np.eye(4, dtype=bool))
    line = set_doubts(ones, np.array([5, 2, 5, 2]))["several_labels"]
    assert "'film; sport'" in line and 'label_separator=";"' in line
    plain = LabelSets(("film", "sport"), np.eye(2, dtype=bool))
    assert set_doubts(plain, np.array([4, 4]))["one_label"].startswith("no row has several labels")
    both = LabelSets(("film", "sport"), np.ones((1, 2), dtype=bool))
    assert set_doubts(both, np.array([4])) == {}
