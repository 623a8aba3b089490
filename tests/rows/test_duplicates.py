"""Which rows count as the same, checked against all pairs."""

import numpy as np
import pytest
import torch

from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.rows.content import normalise
from lightning_contrast.rows.duplicates import find_duplicates, join_groups, without_copies
from lightning_contrast.rows.near_duplicates import near_duplicates
from lightning_contrast.sources.bbc_news import BBCNews


def all_pairs(texts: list[str], threshold: float, width: int = 3) -> set[tuple[int, int]]:
    def shingles(text: str) -> set[tuple[str, ...]]:
        words = text.split() + [""] * (width - len(text.split()))
        return {tuple(words[i : i + width]) for i in range(len(words) - width + 1)}

    sets = [shingles(text) for text in texts]
    return {
        (i, j)
        for i in range(len(sets))
        for j in range(i)
        if len(sets[i] & sets[j]) > threshold * len(sets[i] | sets[j])
    }


def components(count: int, pairs: set[tuple[int, int]]) -> list[int]:
    part = list(range(count))
    for i, j in pairs:
        old, new = part[i], part[j]
        part = [new if p == old else p for p in part]
    return part


def same_partition(one: object, other: object) -> bool:
    first, second = np.asarray(one), np.asarray(other)
    return bool(((first[:, None] == first) == (second[:, None] == second)).all())


@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.8])
@pytest.mark.parametrize("words", [2, 30])
def test_near_duplicates_are_those_of_all_pairs(threshold: float, words: int) -> None:
    random = np.random.default_rng(words)
    texts = []
    for _ in range(30):
        first = random.integers(0, 40, random.integers(1, 2 * words))
        for changes in range(5):
            copy = first.copy()
            copy[random.integers(0, len(copy), changes)] = random.integers(0, 40, changes)
            texts.append(" ".join(map(str, copy)))
    expected = components(len(texts), all_pairs(texts, threshold))
    assert 5 < len(set(expected)) < len(texts)
    assert same_partition(near_duplicates(texts, threshold), expected)


def test_a_similarity_at_the_threshold_is_not_over_it() -> None:
    a, b = "a b c d", "a b c e"  # one shingle of three is shared
    assert len(set(near_duplicates([a, b], threshold=1 / 3).tolist())) == 2
    assert len(set(near_duplicates([a, b], threshold=0.33).tolist())) == 1


def test_bbc_news_has_the_duplicates_that_were_counted_before() -> None:
    found = find_duplicates(BBCNews().load().raw)
    assert found.counts == {"duplicates": 103, "near_duplicates": 66}
    assert len(np.unique(found.group)) == 2056


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Hello,  World!", "hello world", True),
        ("ﬁne", "FINE", True),
        (":-)", ":-(", False),
        ("这家店很好吃。", "这家店很好吃", True),
        ("don't", "dont", False),
    ],
)
def test_normalising_takes_away_case_spaces_and_punctuation_only(
    one: str, other: str, same: bool
) -> None:
    assert (normalise(one) == normalise(other)) is same


def test_signs_of_scripts_without_spaces_are_words() -> None:
    assert normalise("好吃, ok") == "好 吃 ok"


def test_images_are_the_same_when_their_pixels_are() -> None:
    pixels = torch.randint(0, 256, (50, 3, 8, 8), dtype=torch.uint8)
    pixels[[7, 30]] = pixels[2].clone()
    found = find_duplicates(InMemoryImages(pixels))
    assert found.counts == {"duplicates": 2, "near_duplicates": 0}
    assert found.group[2] == found.group[7] == found.group[30]

    class Bare:
        def __len__(self) -> int:
            return 50

        def __getitem__(self, index: np.ndarray) -> torch.Tensor:
            return pixels[torch.from_numpy(index)]

    assert (find_duplicates(Bare()).key == found.key).all()


def test_groupings_are_joined_transitively() -> None:
    assert same_partition(
        join_groups(np.array([0, 0, 1, 2, 3]), np.array([9, 8, 8, 7, 7])), [0, 0, 0, 1, 1]
    )


def test_one_copy_remains_for_each_label_and_split_whatever_the_order() -> None:
    raw = ["b!", "B", "b", "c", "b.", "b"]
    key = np.array([5, 5, 5, 2**63 + 1, 5, 5], dtype=np.uint64)
    label = np.array([0, 0, 0, 0, 1, 0])
    split = np.array([0, 0, 0, 0, 0, 2])
    assert without_copies(raw, key, label, split).tolist() == [1, 3, 4, 5]
    back = without_copies(raw[::-1], key[::-1], label[::-1], split[::-1])
    assert sorted(5 - back) == [1, 3, 4, 5]


def test_keys_that_a_float_would_confuse_stay_apart() -> None:
    key = np.array([2**63, 2**63 + 1], dtype=np.uint64)
    assert len(without_copies(["a", "b"], key, np.zeros(2, int), np.zeros(2, int))) == 2


def test_among_very_many_texts_only_equal_ones_are_looked_for(monkeypatch):
    texts = [
        "the cat sat on the mat today",
        "the cat sat on the mat now",
        "The cat sat on the mat now",
    ]
    assert find_duplicates(texts).counts == {"duplicates": 1, "near_duplicates": 1}
    monkeypatch.setattr("lightning_contrast.rows.duplicates.NEAR", 2)
    assert find_duplicates(texts).counts == {"duplicates": 1, "near_duplicates": 0}
