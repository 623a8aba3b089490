"""``experiments/languages``: names are read as dictionaries have their words."""

import importlib.util
from pathlib import Path

import pytest

FILE = Path(__file__).parent.parent / "experiments" / "languages" / "dictionary.py"


@pytest.fixture(scope="module")
def dictionary():
    spec = importlib.util.spec_from_file_location("dictionary", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Dictionary


def test_the_longest_phrase_counts_and_the_likeliest_meanings(dictionary):
    known = {"ice": ["A", "B", "C"], "ice cream": ["D"], "cream": ["E"]}
    words = dictionary("it", known)
    assert words.in_english("Ice Cream: ice", most=2) == "D A B"


def test_a_word_that_is_not_there_is_one_that_begins_alike_or_stays(dictionary):
    words = dictionary("ru", {"красный": ["red"], "краснота": ["redness"], "рука": ["hand"]})
    assert words.in_english("красные") == "red"
    assert words.in_english("красное") == "redness"  # shares a letter more
    assert words.in_english("кр") == "кр"
    assert words.in_english("руки") == "руки"  # fewer than four letters would be alike
    assert words.in_english("xyz-рука") == "xyz hand"


def test_without_spaces_letters_are_units_and_none_is_cut(dictionary):
    words = dictionary("zh", {"飞机": ["airplane"], "机场": ["airport"], "人": ["person"]})
    assert words.in_english("飞机人手") == "airplane person 手"
