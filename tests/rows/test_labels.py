"""From the cells of a label column to classes."""

import math
from datetime import date

import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.rows.labels import label_name, lower, renamed


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        (" good ", "good"),
        (3, "3"),
        (3.0, "3"),
        (2.5, "2.5"),
        (True, "True"),
        (date(2024, 1, 2), "2024-01-02"),
        ("none", "none"),
        ("Nan", "Nan"),
        (None, None),
        (math.nan, None),
        ("", None),
        ("  ", None),
        ("NaN", None),
        ("nan", None),
        ("None", None),
        ("NULL", None),
        ("N/A", None),
        ("<NA>", None),
    ],
)
def test_a_cell_names_a_class_or_none(cell: object, name: str | None) -> None:
    assert label_name(cell, "row 1", "label") == name


def test_what_is_missing_may_be_said() -> None:
    assert label_name("None", "row 1", "label", missing=["?"]) == "None"
    assert label_name("?", "row 1", "label", missing=["?"]) is None


@pytest.mark.parametrize("cell", [["a", "b"], ["a"], [], ("a",), {"a"}, np.array([0, 1])])
def test_several_labels_are_named_as_what_they_are_and_refused(cell: object) -> None:
    with pytest.raises(InputError, match=r"row 1: 'label' must be one label, .*\(multi-label\)"):
        label_name(cell, "row 1", "label")


def test_an_object_says_how_its_values_are_reached() -> None:
    with pytest.raises(InputError) as error:
        label_name({"topic": "x", "by": "y"}, "row 1", "meta")
    assert str(error.value) == (
        "row 1: 'meta' is an object with the values topic, by: name one of them with a dot, "
        "source.label_column=meta.topic"
    )
    with pytest.raises(InputError, match="it holds bytes"):
        label_name(b"good", "row 1", "label")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Good", "gOOD "),
        ("very good", " Very\u00a0\u2003good"),
        ("café", "cafe\u0301"),
        ("Straße", "STRASSE"),
        ("ａｂ", "ab"),
        ("go\u200bod", "\ufeffgood"),
    ],
)
def test_names_that_look_the_same_are_the_same_in_lower_case(one: str, other: str) -> None:
    assert lower(one) == lower(other)
    assert lower("good") != lower("goods")


def test_classes_that_get_one_name_become_one() -> None:
    label = np.array([0, 1, 2, -1, 2])
    classes, new = renamed(label, ["x", "y", "x"])
    assert classes == ("x", "y") and new.tolist() == [0, 1, 0, -1, 0]
    classes, new = renamed(label, ["x", None, "z"])
    assert classes == ("x", "z") and new.tolist() == [0, -1, 1, -1, 1]
