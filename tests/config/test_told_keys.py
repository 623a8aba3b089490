"""Every ``key=value`` that a message tells the user to set is a key of the config, and accepted."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from tests.choices import CONF
from tests.mends import COMMANDS, FILLED, KEY, STANDS_FOR, VALUE, accept

PACKAGE = CONF.parent / "lightning_contrast"
OF_TRAINING = ("samplers", "losses", "miners", "pairings", "candidates", "views", "mix", "heads")
OF_TRAINING += ("positives", "negatives", "distributions", "encoders", "projectors", "callbacks")
OF_TRAINING += ("regularisers",)
HYDRA = {"hydra.run.dir", "hydra.sweep.dir"}


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The strings of a file but docstrings, with ``FILLED``."""
    nodes = list(ast.walk(tree))
    apart = {id(v) for n in nodes if isinstance(n, ast.JoinedStr) for v in n.values}
    apart |= {id(n.value) for n in nodes if isinstance(n, ast.Expr)}  # docstrings
    for node in nodes:
        if isinstance(node, ast.JoinedStr):
            values = [v.value if isinstance(v, ast.Constant) else FILLED for v in node.values]
            yield node.lineno, "".join(map(str, values))
        elif isinstance(node, ast.Constant) and id(node) not in apart:
            yield node.lineno, str(node.value)


@cache
def mends() -> list[tuple[str, str, str]]:
    """Room, line, and what stands behind the last "set " of a message."""
    found = []
    for file in PACKAGE.rglob("*.py"):
        content = file.read_text(encoding="utf-8")
        for line, text in texts(ast.parse(content)) if "set " in content else ():
            if "set " in text:
                room = file.relative_to(PACKAGE).parts[0]
                found.append((room, f"{file.name}:{line}", text.rpartition("set ")[2]))
    return found


def told() -> dict[tuple[str, str], set[str]]:
    """By room and key: the lines that say "set key="."""
    found: dict[tuple[str, str], set[str]] = {}
    for room, where, mend in mends():
        for key in KEY.findall(mend):
            found.setdefault((room, key), set()).add(where)
    return found


def below(value: Any, prefix: str = "") -> Iterator[str]:
    for key, inner in (value or {}).items() if isinstance(value, dict) else ():
        yield prefix + str(key)
        yield from below(inner, f"{prefix}{key}.")


@cache
def keys(*commands: str) -> set[str]:
    """The keys that these commands and any choice of any group take."""
    known = {folder.name for folder in CONF.iterdir() if folder.is_dir()} | HYDRA
    with initialize_config_dir(str(CONF), version_base="1.3"):
        whole = [(name, []) for name in commands]
        whole += [("train", ["modality=mixed"]), ("train", ["modality=moment"])]
        for name, words in whole:
            known |= set(below(OmegaConf.to_container(compose(name, words), resolve=False)))
    for file in CONF.glob("*/*.yaml"):
        content = file.read_text(encoding="utf-8")
        whole = "@package _global_" in content
        package = re.search(r"@package (\S+)", content)
        name = package.group(1) if package else file.parent.name
        values = yaml.load(content, Loader=yaml.CSafeLoader)
        known |= set(below(values, "" if whole else f"{name}."))
    return known


def test_a_key_that_a_message_tells_to_set_is_one():
    wrong = {}
    for (room, key), lines in told().items():
        known = keys("train") if room in OF_TRAINING else keys(*COMMANDS)
        if key not in known:
            wrong[key] = lines
    assert wrong == {}, "the keys, and the lines that tell to set them"


def values() -> list[tuple[str, str]]:
    found = {kv for *_, mend in mends() for kv in VALUE.findall(mend)}
    return sorted((key, value) for key, value in found if not STANDS_FOR.search(value))


@pytest.mark.parametrize(("key", "value"), values())
def test_a_value_that_a_message_tells_to_set_is_accepted(key, value):
    accept(key, value)


def test_a_choice_that_a_message_names_is_one():
    choices = {f.name: {c.stem for c in f.glob("*.yaml")} for f in CONF.iterdir() if f.is_dir()}
    named = re.compile(rf"(?<![\w./+{{-])({'|'.join(choices)})=\[?([a-z][a-z_0-9]*)(?![\w.(])")

    def wrong(text: str) -> list[tuple[str, str]]:
        found = named.findall(text)
        return [(g, c) for g, c in found if c not in {*choices[g], "null", "glob"}]

    assert wrong("set loss=no_such or sampler=[shuffled]") == [("loss", "no_such")]
    found = {}
    for file in PACKAGE.rglob("*.py"):
        content = file.read_text(encoding="utf-8")
        for line, text in texts(ast.parse(content)) if wrong(content) else ():
            if pairs := wrong(text):
                found[f"{file.name}:{line}"] = pairs
    for file in CONF.rglob("*.yaml"):
        comments = re.findall("#.*", file.read_text(encoding="utf-8"))
        if pairs := wrong("\n".join(comments)):
            found[file.name] = pairs
    assert found == {}
