"""From a source to its sides, on real articles and on rows made to go wrong."""

import warnings
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from lightning_contrast.data.prepare import Splits, prepare
from lightning_contrast.errors import InputError
from lightning_contrast.rows.content import normalise
from lightning_contrast.sources.bbc_news import BBCNews
from lightning_contrast.sources.digits import Digits
from lightning_contrast.sources.source import Source
from lightning_contrast.types import Labelled


@dataclass
class Given(Source):
    """Rows from memory."""

    rows: Labelled
    modality: ClassVar[str] = "text"

    def load(self) -> Labelled:
        return self.rows


def rows(label: list[int], split: int | list[int] = -1, texts: list[str] | None = None) -> Labelled:
    count = len(label)
    raw = texts or [f"text number {row} with words w{row} x{row}" for row in range(count)]
    own = np.broadcast_to(np.array(split, dtype=np.int8), (count,))
    classes = tuple("abcdefgh"[: max(label, default=-1) + 1])
    return Labelled(raw, np.array(label, np.int64), classes, np.arange(count), own, {"skipped": 3})


def contents(splits: Splits) -> list[set[str]]:
    return [{splits.labelled.raw[row] for row in side} for side in splits[1:4]]


def test_no_pair_of_near_duplicate_articles_straddles_the_sides() -> None:
    from sklearn.feature_extraction.text import CountVectorizer

    source = Given(BBCNews().load())
    count = CountVectorizer(
        ngram_range=(3, 3), token_pattern=r"\b\w+\b", binary=True, dtype=np.int32
    )
    shingles = count.fit_transform(source.rows.raw)
    size = np.asarray(shingles.sum(axis=1)).ravel()
    shared = (shingles @ shingles.T).tocoo()
    i, j, both = shared.row, shared.col, shared.data
    close = (i < j) & (both / (size[i] + size[j] - both) > 0.5)
    assert close.sum() > 66, "with the exact duplicates"
    splits = prepare(source)
    side = np.full(len(size), -1)
    for number in range(3):
        side[splits[number + 1]] = number
    assert (side >= 0).all()
    assert (side[i[close]] == side[j[close]]).all()


def test_the_articles_are_all_there_once_in_their_proportions() -> None:
    splits = prepare(BBCNews())
    everything = np.concatenate(splits[1:4])
    assert len(everything) == len(set(everything.tolist())) == 2122
    assert len({normalise(splits.labelled.raw[row]) for row in everything}) == 2122
    assert splits.counts == {
        "rows": 2225,
        "duplicates": 103,
        "near_duplicates": 66,
        "duplicates_with_other_label": 0,
        "near_duplicates_with_other_label": 0,
        "duplicates_dropped": 103,
        "groups": 2056,
        "groups_across_splits": 0,
        "unlabelled_left_out": 0,
        "train": 1486,
        "validation": 212,
        "test": 424,
    }
    share = [np.bincount(splits.labelled.label[side]) / len(side) for side in splits[1:4]]
    assert np.ptp(np.stack(share), axis=0).max() < 0.01


def test_neither_order_nor_seed_changes_the_sides_and_the_salt_does() -> None:
    old = BBCNews().load()
    texts = [old.raw[row] for row in np.flatnonzero(old.label >= 3)]
    label = old.label[old.label >= 3] - 3
    order = np.random.default_rng(0).permutation(len(texts))
    mixed = rows(label[order].tolist(), texts=[texts[row] for row in order])
    first = prepare(Given(rows(label.tolist(), texts=texts), drop_duplicates=True), seed=1)
    again = prepare(Given(mixed, drop_duplicates=True), seed=2)
    other = prepare(Given(mixed, drop_duplicates=True, split_salt="other"), seed=2)
    assert first.counts["duplicates_dropped"] > 50
    assert contents(again) == contents(first)
    assert contents(other) != contents(first)


def test_few_shots_follow_the_seed_and_leave_the_other_sides() -> None:
    whole = prepare(Digits())
    first, second = (prepare(Digits(per_class=8), seed=seed) for seed in (0, 1))
    assert np.bincount(first.labelled.label[first.train]).tolist() == [8] * 10
    assert set(first.train) != set(second.train)
    assert set(first.train) < set(whole.train)
    assert (first.validation == whole.validation).all()
    assert (first.test == second.test).all()
    assert first.counts["train_before_few_shot"] == len(whole.train)


def test_groups_of_the_source_and_duplicates_stay_together() -> None:
    texts = [f"word{row} other{row} third{row} fourth{row}" for row in range(40)]
    texts[10] = texts[1].upper()
    labelled = rows([0, 1] * 20, texts=texts)
    group = labelled.group.copy()
    group[20] = group[10]
    with pytest.warns(UserWarning, match=r"2 of 40 rows repeat .*\(1 contents exactly, 0 nearly\)"):
        splits = prepare(Given(labelled._replace(group=group)))
    side = {row: number for number in range(3) for row in splits[number + 1].tolist()}
    assert side[1] == side[10] == side[20]
    assert splits.counts["duplicates_with_other_label"] == 1
    assert splits.counts["groups"] == 38


def test_the_sources_own_split_stays_and_what_straddles_it_is_counted() -> None:
    texts = [f"word{row} other{row} third{row} fourth{row}" for row in range(40)]
    texts[38] = texts[0]
    splits = prepare(Given(rows([0, 1] * 20, split=[0] * 30 + [2] * 10, texts=texts)))
    assert splits.test.tolist() == list(range(30, 40))
    assert len(splits.validation) == 4
    assert splits.counts["groups_across_splits"] == 1
    assert splits.counts["skipped"] == 3


def test_rows_without_label_train_and_are_never_measured() -> None:
    label = [0, 1] * 20 + [-1] * 20
    splits = prepare(Given(rows(label, split=[0] * 30 + [2] * 10 + [0] * 10 + [2] * 10)))
    assert splits.counts["unlabelled_left_out"] == 10
    assert set(range(40, 50)) <= set(splits.train.tolist())
    assert splits.test.tolist() == list(range(30, 40))
    unlabelled_test = prepare(Given(rows(label, split=[0] * 40 + [2] * 20)))
    assert len(unlabelled_test.test) == 8, "a test side without labels is none"


def test_a_mend_is_one_that_helps() -> None:
    """``min_rows=2`` must leave two classes, and larger shares must have rows to take."""
    with pytest.raises(InputError, match=r"these have one: b, c; add rows .* right column") as all_:
        prepare(Given(rows([0] * 10 + [1, 2])))
    assert "min_rows" not in str(all_.value)
    with pytest.raises(InputError, match=r"set source\.fractions to a fraction of 0$"):
        prepare(Given(like(2, 2), fractions=(0.4, 0.3, 0.3)))
    with pytest.warns(UserWarning, match="Add other rows$"):
        prepare(Given(like(2, 2)))


def like(groups: int, classes: int) -> Labelled:
    """32 texts in groups of near duplicates, the groups in turn of each class."""
    words = "abcdefghijklmnopqrstuvwxyz"
    texts = [
        " ".join(f"{letter}{row % groups}" for letter in words) + f" {row}" for row in range(32)
    ]
    return rows([row % groups % classes for row in range(32)], texts=texts)


@pytest.mark.parametrize(
    ("groups", "classes", "sizes"), [(4, 4, (32, 0, 0)), (4, 2, (16, 8, 8)), (2, 2, (32, 0, 0))]
)
def test_rows_that_are_too_alike_to_be_divided_all_train(groups, classes, sizes) -> None:
    source = Given(like(groups, classes))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        splits = prepare(source)
    assert tuple(map(len, splits[1:4])) == sizes
    lines = [str(line.message) for line in told]
    assert [line.startswith("there is no validation and no test row") for line in lines] == [
        True
    ] * (sizes[1] == 0)
    if not sizes[1]:
        source.fractions = (0.7, 0.1, 0.2)
        with pytest.raises(InputError, match=r"in \d groups of like ones.*: add other rows"):
            prepare(source)


@pytest.mark.parametrize(
    ("label", "split", "says"),
    [
        ([], -1, "the source must have rows, got none"),
        ([0] * 10, -1, r"two classes or more, got \['a'\]"),
        ([0] * 10 + [1] * 10 + [2], -1, "these have one: c"),
        (
            [0, 1] * 10 + [2] * 2,
            [0, 0, 1, 1, 2, 2] + [0] * 14 + [2] * 2,
            r"test rows .* 'c' are not",
        ),
        ([0, 1] * 10 + [2] * 2, [0, 0, 2, 2, 2, 2] + [0] * 14 + [1] * 2, r"validation rows .* 'c'"),
        ([0, 1] * 10, [1, 1] + [2] * 18, "the training split has none of the 20 rows"),
    ],
)
def test_rows_that_cannot_be_trained_on_are_said_in_one_line(
    label: list[int], split: int | list[int], says: str
) -> None:
    with pytest.raises(InputError, match=says) as error:
        prepare(Given(rows(label, split)))
    assert "\n" not in str(error.value)


def test_a_side_that_gets_no_row_is_said_unless_its_fraction_is_zero() -> None:
    source = Given(rows([0, 0, 1, 1]), fractions=(0.9, 0.05, 0.05))
    with pytest.raises(InputError, match=r"validation split got none of the 4 rows .* of 0\.05"):
        prepare(source)
    source.fractions = (1, 0, 0)
    assert prepare(source).counts["train"] == 4


def named(names: list[str]) -> Labelled:
    """Rows whose labels are these names."""
    classes = tuple(dict.fromkeys(names))
    return rows([classes.index(name) for name in names])._replace(classes=classes)


def test_labels_that_differ_in_case_are_warned_of_or_made_one() -> None:
    labelled = named([name for name in ("Good", "good ", "bad", "BAD") for _ in range(9)])
    with pytest.warns(UserWarning, match=r"case or blanks are classes apart: 'Good', 'good '") as w:
        splits = prepare(Given(labelled))
    assert len(splits.labelled.classes) == 4 and splits.notes == {"label_case": str(w[0].message)}
    splits = prepare(Given(labelled, label_case="lower"))
    assert splits.labelled.classes == ("bad", "good") and splits.notes == {}
    assert np.bincount(splits.labelled.label).tolist() == [18, 18]


def test_rare_classes_are_left_out_by_name() -> None:
    labelled = named(["x"] * 20 + ["rare"] + ["y"] * 20 + ["odd"] * 2)
    with pytest.raises(InputError, match=r"these have one: rare; .* set source\.min_rows=2 to"):
        prepare(Given(labelled))
    with pytest.warns(UserWarning, match=r"classes with fewer .*=2 are left out: 'rare' \(1\)"):
        splits = prepare(Given(labelled, min_rows=2))
    assert splits.labelled.classes == ("odd", "x", "y") and splits.counts["rare_dropped"] == 1
    assert 20 not in np.concatenate(splits[1:4]) and len(np.concatenate(splits[1:4])) == 42
    with pytest.warns(UserWarning, match=r"left out: 'rare' \(1\), 'odd' \(2\)"):
        assert prepare(Given(labelled, min_rows=3)).labelled.classes == ("x", "y")


def test_conflicting_rows_are_counted_listed_and_left_out_if_asked() -> None:
    texts = [" ".join(f"w{row}x{place}" for place in range(9)) for row in range(40)]
    texts[31] = texts[0].upper()
    texts[33] = texts[4].replace("w4x8", "other")
    texts[36] = texts[2]  # of the same label
    labelled = rows([0, 1] * 20, texts=texts)
    with pytest.warns(UserWarning, match=r"4 of 40 rows .*\(1 contents exactly, 1 nearly\)"):
        splits = prepare(Given(labelled))
    assert splits.conflicts == [(0, 31, False), (4, 33, True), (31, 0, False), (33, 4, True)]
    assert splits.counts["duplicates_with_other_label"] == 1
    assert splits.counts["near_duplicates_with_other_label"] == 1
    with pytest.warns(UserWarning, match="they are left out"):
        dropped = prepare(Given(labelled, conflicting="drop"))
    kept = np.concatenate(dropped[1:4])
    assert len(kept) == 36 and not {0, 4, 31, 33} & set(kept.tolist())
    assert dropped.conflicts == splits.conflicts and dropped.counts["conflicting_dropped"] == 4


@pytest.mark.parametrize("how", [{"conflicting": "no"}, {"label_case": "upper"}, {"min_rows": 0}])
def test_choices_that_are_none_are_refused(how: dict) -> None:
    with pytest.raises(InputError, match=rf"{next(iter(how))} must be .*: set "):
        Given(rows([0, 1] * 9), **how)


@pytest.mark.parametrize("side", [0, 2])
def test_of_another_source_all_rows_are_on_one_side(side: int) -> None:
    for label in ([0, 1] * 15, [0] * 5, [0] * 5 + [1]):
        splits = prepare(Given(rows(label)), whole=side)
        assert splits[1 + side].tolist() == list(range(len(label)))
        assert sum(map(len, splits[1:4])) == len(label)


def test_of_another_source_its_own_split_and_asked_fractions_count() -> None:
    own = prepare(Given(rows([0, 1] * 5, split=[0] * 4 + [2] * 6)), whole=2)
    assert own.test.tolist() == [4, 5, 6, 7, 8, 9] and len(own.train) == 4
    assert len(prepare(Given(rows([0, 1] * 5), fractions=[0, 0, 1]), whole=2).test) == 10
    assert len(prepare(Given(rows([0, 1] * 50), fractions=[0.5, 0, 0.5]), whole=2).test) == 50
    assert len(prepare(Given(rows([0, 1] * 5, split=2)), whole=2).test) == 10
    with pytest.raises(InputError, match="no test row with a label: mark some rows as test"):
        prepare(Given(rows([0, 1] * 5, split=0)), whole=2)
    with pytest.raises(InputError, match=r"source\.fractions must be three numbers .* above 0"):
        prepare(Given(rows([0, 1] * 5), fractions=[0, 0, 1]))


def test_an_unlabelled_row_of_another_source_is_no_test() -> None:
    splits = prepare(Given(rows([0, -1, 1, 0])), whole=2)
    assert splits.test.tolist() == [0, 2, 3] and splits.counts["unlabelled_left_out"] == 1
