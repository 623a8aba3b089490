"""Every ``key=value`` that a message tells the user to set is a key of the config, and accepted."""

import ast
import re
from collections.abc import Iterator
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
    apart = {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in n.values}
    apart |= {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            values = [v.value if isinstance(v, ast.Constant) else FILLED for v in node.values]
            yield node.lineno, "".join(map(str, values))
        elif isinstance(node, ast.Constant) and id(node) not in apart:
            yield node.lineno, str(node.value)


def mends() -> Iterator[tuple[str, str, str]]:
    """Room, line, and what stands behind the last "set " of a message."""
    for file in PACKAGE.rglob("*.py"):
        for line, text in texts(ast.parse(file.read_text(encoding="utf-8"))):
            if "set " in text:
                where = f"{file.name}:{line}"
                yield file.relative_to(PACKAGE).parts[0], where, text.rpartition("set ")[2]


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
        known |= set(below(yaml.safe_load(content), "" if whole else f"{name}."))
    return known


TOLD = told()
VALUES = sorted({kv for *_, mend in mends() for kv in VALUE.findall(mend)})
VALUES = [(key, value) for key, value in VALUES if not STANDS_FOR.search(value)]
ALL, TRAINING = keys(*COMMANDS), keys("train")


@pytest.mark.parametrize(("room", "key"), sorted(TOLD))
def test_a_key_that_a_message_tells_to_set_is_one(room, key):
    known = TRAINING if room in OF_TRAINING else ALL
    assert key in known, f"{key}=, which {', '.join(sorted(TOLD[room, key]))} tell to set"


@pytest.mark.parametrize(("key", "value"), VALUES)
def test_a_value_that_a_message_tells_to_set_is_accepted(key, value):
    accept(key, value)
