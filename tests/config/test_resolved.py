"""Null leaves a choice out of a group that takes several, in every command."""

import pytest

from lightning_contrast.commands.train import main
from lightning_contrast.config.construct import TARGET
from lightning_contrast.config.resolved import LISTS
from tests.inference.commands import called
from tests.runs import composed

WORDS = {
    "callbacks": "callbacks.health=null",
    "candidates": "candidates.queue=null",
    "logger": "logger.wandb=null",
    "protocols": "protocols.accuracy=null",
    "regulariser": "regulariser.koleo=null",
}


@pytest.mark.parametrize("group", LISTS)
def test_null_leaves_a_choice_out(group):
    several = ["logger=[csv,wandb]", "candidates=[in_batch,queue]", "regulariser=[koleo]"]
    before, after = composed(*several), composed(*several, WORDS[group])
    name = WORDS[group].split("=")[0].split(".")[1]
    assert {**after[group], name: before[group][name]}.keys() == before[group].keys()
    assert name not in after[group]
    assert {k: v for k, v in before.items() if k != group} == {
        k: v for k, v in after.items() if k != group
    }


def test_these_are_all_groups_of_several_choices():
    several = ["logger=[csv,wandb]", "candidates=[in_batch,queue]", "regulariser=[koleo]"]
    found = {
        name
        for name, chosen in composed(*several).items()
        if isinstance(chosen, dict)
        and TARGET not in chosen
        and any(isinstance(each, dict) and TARGET in each for each in chosen.values())
    }
    assert found == {*LISTS}


@pytest.mark.parametrize(
    ("word", "mend"),
    [
        ("head=null", "head has no choice null; its choices are: .* Did you mean head=none?"),
        ("protocols=null", "Did you mean protocols=[]?"),
        ("protocols=[accuracy,null]", "protocols has no choice null"),
    ],
)
def test_null_is_no_choice_of_a_group(word, mend, capsys):
    assert called(main, word) == 2
    first, _, last = mend.partition(" .* ")
    told = capsys.readouterr().err
    assert first in told and last in told and told.count("\n") == 1


def test_a_choice_without_keys_names_those_that_have_the_key(capsys):
    assert called(main, "distribution.imbalance=20") == 2
    told = capsys.readouterr().err
    assert "set distribution=CHOICE, one of " in told
    assert "Did you mean distribution=long_tail distribution.imbalance_factor?" in told
