"""Emoji: whose pictures are taken, and on which side of the split they are."""

import numpy as np
import pytest

from lightning_contrast.errors import InputError
from lightning_contrast.sources.emoji import Emoji
from tests.made_emoji import write_emoji


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return str(write_emoji(tmp_path_factory.mktemp("emoji"), concepts=40, side=8))


def sides(rows):
    """How many pictures of each vendor are for training, validation and test."""
    own = {
        vendor: rows.attributes["vendor"] == vendor for vendor in ("google", "twitter", "fluent")
    }
    return {
        name: [int((rows.split[at] == side).sum()) for side in range(3)] for name, at in own.items()
    }


def test_the_test_is_all_of_one_vendor_and_a_few_of_the_others_are_validation(folder):
    found = sides(Emoji(folder, test_vendor="twitter", size=8).load())
    assert found["twitter"] == [0, 0, 40]
    assert found["google"][2] == found["fluent"][2] == 0
    assert 0 < found["google"][1] + found["fluent"][1] < 12
    assert sum(found["google"]) == sum(found["fluent"]) == 40


def test_vendors_says_whose_pictures_are_taken(folder):
    rows = Emoji(folder, vendors=["google", "fluent"], test_vendor="fluent", size=8).load()
    found = sides(rows)
    assert found["twitter"] == [0, 0, 0] and found["fluent"] == [0, 0, 40]
    assert found["google"][1] > 0 and sum(found["google"]) == 40
    assert len(np.unique(rows.identity)) == 40


@pytest.mark.parametrize("vendors", [["twitter"], ["google", "fluent"]])
def test_a_test_vendor_needs_another_to_learn_from(folder, vendors):
    with pytest.raises(InputError, match=r"^source.vendors must name source.test_vendor, twitter"):
        Emoji(folder, vendors=vendors, test_vendor="twitter")
