"""Every ``key=value`` that a message tells the user to set is a key of the config."""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from tests.choices import CONF

PACKAGE = CONF.parent / "lightning_contrast"
COMMANDS = ("train", "evaluate", "predict", "embed", "export", "search")
OF_TRAINING = ("samplers", "losses", "miners", "pairings", "candidates", "views", "mix", "heads")
OF_TRAINING += ("positives", "negatives", "distributions", "encoders", "projectors", "callbacks")
OF_TRAINING += ("regularisers",)
KEY = re.compile(r"(?<![\w./@-])([a-z_]+(?:\.[a-z_0-9]+)*)=")
HYDRA = {"hydra.run.dir", "hydra.sweep.dir"}


def texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The strings of a file but docstrings; what an f-string fills in is a 0."""
    apart = {id(v) for n in ast.walk(tree) if isinstance(n, ast.JoinedStr) for v in n.values}
    apart |= {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            values = [v.value if isinstance(v, ast.Constant) else "0" for v in node.values]
            yield node.lineno, "".join(map(str, values))
        elif isinstance(node, ast.Constant) and id(node) not in apart:
            yield node.lineno, str(node.value)


def told() -> dict[tuple[str, str], set[str]]:
    """By room and key: the lines that say "set key="."""
    found: dict[tuple[str, str], set[str]] = {}
    for file in PACKAGE.rglob("*.py"):
        room = file.relative_to(PACKAGE).parts[0]
        for line, text in texts(ast.parse(file.read_text(encoding="utf-8"))):
            _, _, mend = text.rpartition("set ")
            for key in KEY.findall(mend) if "set " in text else ():
                if ".0" in key:  # its last part is filled in
                    continue
                found.setdefault((room, key), set()).add(f"{file.name}:{line}")
    return found


def below(value: Any, prefix: str = "") -> Iterator[str]:
    for key, inner in (value or {}).items() if isinstance(value, dict) else ():
        yield prefix + str(key)
        yield from below(inner, f"{prefix}{key}.")


def keys(*commands: str) -> set[str]:
    """The keys that these commands and any choice of any group take."""
    known = {folder.name for folder in CONF.iterdir() if folder.is_dir()} | HYDRA
    with initialize_config_dir(str(CONF), version_base="1.3"):
        for name in commands:
            known |= set(below(OmegaConf.to_container(compose(name), resolve=False)))
    for file in CONF.glob("*/*.yaml"):
        content = file.read_text(encoding="utf-8")
        whole = "@package _global_" in content
        package = re.search(r"@package (\S+)", content)
        name = package.group(1) if package else file.parent.name
        known |= set(below(yaml.safe_load(content), "" if whole else f"{name}."))
    return known


TOLD = told()
ALL, TRAINING = keys(*COMMANDS), keys("train")


@pytest.mark.parametrize(("room", "key"), sorted(TOLD))
def test_a_key_that_a_message_tells_to_set_is_one(room, key):
    known = TRAINING if room in OF_TRAINING else ALL
    assert key in known, f"{key}=, which {', '.join(sorted(TOLD[room, key]))} tell to set"
