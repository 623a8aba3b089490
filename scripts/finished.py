"""Whether a run of an experiment has its result, by the overrides that started it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from lightning_contrast.errors import InputError


def settings(words: Sequence[str]) -> dict[str, Any]:
    """The values of overrides by key, however they are written.

    >>> settings(["quiet=True", "++source.classes=[Ankle\\\\ boot,'a b']", "~head"])
    {'quiet': True, 'source.classes': ['Ankle boot', 'a b'], '~head': None}
    """
    from hydra.core.override_parser.overrides_parser import OverridesParser

    parsed = OverridesParser.create().parse_overrides([*words])
    return {"~" * each.is_delete() + each.key_or_group: each.value() for each in parsed}


def finished(run: Path, words: Sequence[str]) -> bool:
    """Whether the run of a seed has its result.

    Raises ``InputError`` if it was started with other words.
    """
    said = run / ".hydra/overrides.yaml"
    if not said.is_file():
        return False
    before = settings(yaml.safe_load(said.read_text(encoding="utf-8")))
    now = settings([f"seed={run.name}", *(word for word in words if not word.startswith("hydra"))])
    if changed := sorted(key for key in before | now if before.get(key) != now.get(key)):
        raise InputError(
            f"{run} was run with other values of {', '.join(changed)}: move it away, or choose "
            "another folder with --output"
        )
    return (run / "result.json").is_file()
