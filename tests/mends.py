"""What messages tell the user to set, held against the commands: ``set KEY=VALUE``."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf

from lightning_contrast.config.arguments import check_arguments
from lightning_contrast.config.construct import locate
from lightning_contrast.config.values import RUN, check_run
from lightning_contrast.errors import InputError
from tests.choices import CONF

COMMANDS = ("train", "evaluate", "predict", "embed", "export", "search", "generate", "act")
KEY = re.compile(r"(?<![\w./@\0-])([a-z_]+(?:\.[a-z_0-9]+)*)=")
VALUE = re.compile(KEY.pattern + r"(\[[^\]]*\]|\{[^}]*\}|[^\s,;:)'\"]+)")
FILLED = "\0"  # what stands for it where an f-string fills something in
STANDS_FOR = re.compile(r"[A-Z]{3,}|\.\.\.|class: super|" + FILLED)  # for a value of the user


def accept_all(message: str) -> None:
    """Fails unless every ``key=value`` behind the last "set " of a message is accepted."""
    _, told, mend = message.rpartition("set ")
    for key, value in VALUE.findall(mend) if told else ():
        if not STANDS_FOR.search(value):
            accept(key, value.rstrip("."))


def accept(key: str, value: str) -> None:
    """Fails unless a command, and a choice of the key's group, takes ``key=value``."""
    if (CONF / key).is_dir():  # a group, and its choice
        words = ((), ("modality=image",), ("module=generator",))
        assert any(composed("train", *given, f"{key}={value}") for given in words), key
        return
    name = key.rpartition(".")[2]
    told = {name: OverridesParser.create().parse_override(f"{key}={value}").value()}
    refusal = f"no command has {key}="
    for command, config, part in settings_with(key):
        try:
            if command == "train" and part is config:
                check_run({name: config[name] for name in RUN} | told)
            if "_target_" in part and key != "trainer.grad_cache":  # that is not Lightning's
                check_arguments(locate(part), told, partial=True)
            return
        except InputError as error:
            refusal = str(error)
    raise AssertionError(refusal)


@cache
def composed(command: str, *words: str) -> dict[str, Any] | None:
    """The config of a command with these words; None where they do not go with it."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        try:
            return OmegaConf.to_container(compose(command, list(words)), resolve=False)
        except HydraException:
            return None


def settings_with(key: str) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """The commands whose configs hold the key, these configs, and the settings with the key."""
    parent, _, name = key.rpartition(".")
    group = parent.replace(".", "/")
    files = sorted((CONF / group).glob("*.yaml")) if group else []
    choices = [file.stem for file in files if f"{name}:" in file.read_text(encoding="utf-8")]
    kind, _, choice = group.partition("/")
    words = [(), *((f"{group}={choice}",) for choice in choices)]
    words += [("modality=mixed",), ("modality=moment",)]
    words += [(f"{kind}=[in_batch,{choice}]",)] if kind == "candidates" and choice else []
    for command in COMMANDS:
        for given in words:
            config: Any = composed(command, *given)
            part = config
            for inner in parent.split(".") if parent else ():
                part = part.get(inner) if isinstance(part, dict) else None
            if isinstance(part, dict) and name in part:
                yield command, config, part
