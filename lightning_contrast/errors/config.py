"""One line for a mistake in a command: it lists the possible keys, and guesses the one meant."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple


class Configs(NamedTuple):
    """The folders of the YAML files, the name of the file that the command composes, and the
    overrides of the command."""

    folders: Sequence[Path] = ()
    name: str = ""
    overrides: Sequence[str] = ()


NO_CONFIGS = Configs()
LAUNCHERS = {
    "joblib": "joblib",
    "ray": "ray",
    "ray_aws": "ray",
    "submitit_local": "slurm",
    "submitit_slurm": "slurm",
}
"""Extras that hold Hydra's launchers."""


def composition_error(error: Any, configs: Configs) -> str:
    """The line for an override that Hydra can't read, or a choice or config that does not exist."""
    from hydra.errors import MissingConfigException, OverrideParseException

    if isinstance(error, OverrideParseException):
        key, equals, value = error.override.partition("=")
        if not equals:
            return f"cannot read {error.override!r}: write KEY=VALUE"
        return f"cannot read {error.override!r}: quote the value, '{key}=\"{value.strip('=')}\"'"
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        group, _, choice = error.missing_cfg_file.rpartition("/")
        return _no_choice(group, choice, error.options, configs)
    text = " ".join(str(error).split())
    if several := re.search(r"Ambiguous value for argument '(.+?)=(.*?)'", text):
        key, values = several.groups()
        return f"{key} has several values: add -m to run each, or {key}=[{values}] for a list"
    if there := re.search(r"already at '(.+?)'", text):
        return f"{there.group(1)} is there already: write it without the +"
    if alien := re.search(r"Could not override '(.+?)'\. No match in the defaults list", text):
        return f"this command takes no {alien.group(1)}: --help shows its keys and groups"
    return text


def null_choice(configs: Configs) -> str | None:
    """The line for ``GROUP=null``, which Hydra refuses without the name of the group."""
    for word in configs.overrides:
        group, _, value = word.partition("=")
        names = [path.stem for path in _files(configs, group)]
        if names and "null" in re.findall(r"\w+", value):
            several = isinstance(_groups(configs).get(group), list) and "none" not in names
            mend = "[]" if several else "none" if "none" in names else ""
            mend = mend and f". Did you mean {group}={mend}?"
            return f"{group} has no choice null; its choices are: {_listing(names)}{mend}"
    return None


def value_error(error: Any, configs: Configs) -> str:
    """The line for a key that does not exist, or a value that is missing or can't be resolved."""
    from omegaconf import errors

    key = str(error.full_key or error.key)
    if isinstance(error, errors.MissingMandatoryValue):
        values = _values(error.parent_node._get_root())
        missing = sorted({key, *(path for path, value in values.items() if value == "???")})
        are = "is" if len(missing) == 1 else "are"
        words = " ".join(f"{name}=VALUE" for name in missing)
        return f"{_listing(missing)} {are} required: add {words} to the command"
    if isinstance(error, errors.ConfigKeyError | errors.ConfigAttributeError):
        return _unknown_key(error, key, configs)
    text = " ".join((error.msg or str(error)).partition("full_key:")[0].split())
    return f"{key}: {text}" if error.full_key or error.key else text


def _no_choice(group: str, choice: str, options: Any, configs: Configs) -> str:
    names = options or [path.stem for path in _files(configs, group)]
    prefix = f"{group}=" if group else "--config-name="
    what = f"{group} has no choice" if group else "there is no config"
    mend = _did_you_mean(choice, names, prefix)
    if (extra := LAUNCHERS.get(choice)) and group == "hydra/launcher":
        mend = f". {choice} comes with a package: pip install 'lightning-contrast[{extra}]'"
    return f"{what} {choice!r}; its choices are: {_listing(names)}{mend}"


def _unknown_key(error: Any, full_key: str, configs: Configs) -> str:
    parent, _, key = full_key.rpartition(".")
    names = [name for name in _names(error.parent_node) if name != "hydra"]
    if not parent:
        names = sorted({*names, *_groups(configs)})
        deeper = [path for path in _values(error.parent_node) if path.endswith(f".{key}")]
        mend = f". Did you mean {deeper[0]}?" if deeper else _did_you_mean(key, names)
        return f"there is no key or group {key!r}{mend or '.'} There are: {_listing(names)}"
    owners = [f"{parent}={choice}" for choice, keys in _choices(configs, parent) if key in keys]
    mend = f". {key!r} belongs to {', '.join(owners)}" if owners else ""
    mend = mend or _did_you_mean(key, names, f"{parent}.")
    if not names:
        choices = dict(_choices(configs, parent))
        which = f"{parent}=CHOICE, one of {_listing(choices)}" if choices else f"{parent}=VALUE"
        words = {f"{parent}={c} {parent}.{k}": str(k) for c, keys in choices.items() for k in keys}
        close = get_close_matches(key, words.values(), n=1)
        meant = next((word for word, own in words.items() if own in close), "")
        mend = mend or (f". Did you mean {meant}?" if meant else "")
        return f"{parent} has no keys of its own, so {full_key!r} cannot be set: set {which}{mend}"
    return f"{parent} has no key {key!r}; its keys are: {_listing(names)}{mend}"


def _listing(names: Iterable[object]) -> str:
    return ", ".join(sorted(map(str, names))) or "none"


def _did_you_mean(word: str, names: Iterable[object], prefix: str = "") -> str:
    close = get_close_matches(word, [str(name) for name in names], n=1)
    return f". Did you mean {prefix}{close[0]}?" if close else ""


def _names(node: Any) -> list[str]:
    """The keys of a node that a user may set: all but ``_target_`` and the like."""
    return [str(name) for name in node or () if not str(name).startswith("_")]


def _values(root: Any) -> dict[str, Any]:
    """All values by dotted path, with interpolations unresolved, the shallowest first."""
    from omegaconf import OmegaConf

    def walk(node: dict[Any, Any], prefix: str) -> Iterator[tuple[str, Any]]:
        for name, value in node.items():
            yield f"{prefix}{name}", value
            if isinstance(value, dict):
                yield from walk(value, f"{prefix}{name}.")

    plain: Any = OmegaConf.to_container(root, resolve=False)
    plain.pop("hydra", None)
    return dict(sorted(walk(plain, ""), key=lambda entry: entry[0].count(".")))


def _files(configs: Configs, group: str) -> Iterator[Path]:
    for folder in configs.folders:
        yield from sorted((folder / group).glob("*.yaml"))


def _groups(configs: Configs) -> dict[str, Any]:
    """The groups in the config's defaults list, with their choices; the composed config may lack
    keys for them."""
    from omegaconf import OmegaConf

    groups: dict[str, Any] = {}
    for folder in configs.folders:
        path = folder / f"{configs.name}.yaml"
        plain: Any = OmegaConf.to_container(OmegaConf.load(path)) if path.is_file() else {}
        for entry in plain.get("defaults") or ():
            groups |= entry if isinstance(entry, dict) else {}
    return {name: choice for name, choice in groups.items() if not name.startswith("override ")}


def _choices(configs: Configs, node: str) -> Iterator[tuple[str, list[Any]]]:
    """The choices of the group that fills ``node``, each with its keys."""
    from omegaconf import OmegaConf
    from yaml import YAMLError

    for path in _files(configs, node.replace(".", "/")):
        try:
            loaded = OmegaConf.load(path)
        except YAMLError:  # a broken file of the user, which this command does not use
            continue
        yield path.stem, list(loaded.keys()) if OmegaConf.is_dict(loaded) else []
