"""A text or a path on the command line reaches the command as it was written."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from lightning_contrast.commands.literal import literal

KEYS = ("query", "input")


def read(word):
    override = OverridesParser.create().parse_override(*literal([word], KEYS))
    return OmegaConf.create({"value": override.value()}).value


@pytest.mark.parametrize(
    "text",
    [
        *("It's 5 (or 6), {why}?", "a=b, [c]", '"so" \\', "${seed}", "\\${x}", "null", "'a' b"),
        *("'a' or 'b'", "scans (1)/a, b.csv", "'", '"'),
    ],
)
def test_any_sign_may_stand_in_it(text):
    assert read(f"query={text}") == read(f"input={text}") == text


@pytest.mark.parametrize(
    ("text", "meant"),
    [("'a, b'", "a, b"), ('"a, b"', "a, b"), (r"'it\'s'", "it's"), ('"it\'s"', "it's"), ("''", "")],
)
def test_quotation_marks_around_the_whole_are_those_of_the_command_line(text, meant):
    assert read(f"query={text}") == read(f"input={text}") == meant
    assert OverridesParser.create().parse_override(f"other={text}").value() == meant


def test_the_values_of_a_multirun_and_of_other_keys_are_left_alone():
    assert literal(["-m", "input=a,b"], KEYS) == ["-m", "input=a,b"]
    assert literal(["output=a,b"], KEYS) == ["output=a,b"]
