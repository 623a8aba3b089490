"""Reads run folders: their overrides, choices, figures, curves and state."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from lightning_contrast.config.values import flat
from lightning_contrast.errors import InputError
from lightning_contrast.report.plots import read_curves
from lightning_contrast.sweeps import outcome

Curves = Mapping[str, tuple[np.ndarray, np.ndarray]]
SHOWN = 100  # characters of an error
STATES = ("finished", "pruned", "failed", "running")


class RunFolder(NamedTuple):
    """A run as its folder describes it.

    ``overrides``: by key; ``choices``: by group; ``values``: the whole config by dotted key;
    ``figures``: those of ``result.json``, or the last ones logged while it runs; ``curves``:
    ``{name: (steps, values)}``; ``state``: one of ``STATES``. A run that was killed counts as
    running.
    """

    folder: Path
    overrides: Mapping[str, str]
    choices: Mapping[str, str]
    values: Mapping[str, Any]
    figures: Mapping[str, float]
    curves: Curves
    state: str

    @property
    def ended(self) -> bool:
        """Whether it has final figures."""
        return self.state in ("finished", "pruned")

    @property
    def metric(self) -> str:
        """The ``metric`` of the run's own config."""
        return str(self.values.get("metric", "validation/accuracy"))


def find_runs(paths: Iterable[str | Path]) -> list[RunFolder]:
    """The runs in these folders and in all below them, each once, in natural order of their paths.

    Raises ``InputError`` for a path that is no folder, or if there is no run at all.
    """
    given = [Path(path) for path in paths]
    for path in given:
        if not path.is_dir():
            raise InputError(f"{path} is no folder: give folders of runs or of sweeps")
    folders = {folder.resolve(): folder for path in given for folder in _folders(path)}
    if not folders:
        raise InputError(
            f"no run in {', '.join(map(str, given))}: a run's folder holds .hydra/config.yaml"
        )
    return [read_run(folder) for folder in sorted(folders.values(), key=_naturally)]


def read_run(folder: Path) -> RunFolder:
    """Reads the folder of one run; raises ``InputError`` if files there are no run's."""
    try:
        return _read_run(folder)
    except (AttributeError, TypeError, ValueError, RecursionError) as error:
        raise InputError(
            f"{folder} holds files that no run wrote ({type(error).__name__}: "
            f"{' '.join(str(error).split())[:SHOWN]}): mend them, or leave the folder out"
        ) from error


def _read_run(folder: Path) -> RunFolder:
    hydra = _yaml(folder / ".hydra" / "hydra.yaml").get("hydra", {})
    overrides = dict(map(_override, _yaml(folder / ".hydra" / "overrides.yaml") or ()))
    values = dict(flat(_yaml(folder / ".hydra" / "config.yaml")))
    csv = folder / "logs" / "metrics.csv"
    curves = read_curves(csv) if csv.is_file() and csv.stat().st_size else {}
    if result := outcome.result(folder):
        state = "pruned" if result.get("pruned") else "finished"
        figures = {k: v for k, v in result.items() if type(v) in (int, float)}
    else:
        state = "failed" if outcome.failure(folder) else "running"
        figures = {name: float(points[-1]) for name, (_, points) in curves.items()}
    choices = {k: str(v) for k, v in hydra.get("runtime", {}).get("choices", {}).items()}
    return RunFolder(folder, overrides, choices, values, figures, curves, state)


def _folders(path: Path) -> Iterator[Path]:
    if (path / ".hydra" / "config.yaml").is_file():
        yield path
    else:  # folders below a run hold no further runs
        for below in path.iterdir():
            if below.is_dir() and not below.is_symlink():
                yield from _folders(below)


def _naturally(path: Path) -> list[tuple[str, int, str]]:
    """``9_x`` before ``10_x``."""
    parts = []
    for part in path.parts:
        head, _, tail = part.rpartition("_") if not part[:1].isdecimal() else ("", "", part)
        digits = tail[: len(tail) - len(tail.lstrip("0123456789"))]
        parts.append((head, int(digits or 0), tail))
    return parts


def _override(word: str) -> tuple[str, str]:
    key, _, value = word.partition("=")
    return key.lstrip("+~"), value


def _yaml(path: Path) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C where PyYAML was built with it
    try:
        text = path.read_text(encoding="utf-8")
        # A run writes no alias, and a few of them in each other are more values than fit in memory.
        if "*" in text and any(
            isinstance(each, yaml.AliasEvent) for each in yaml.parse(text, loader)
        ):
            raise ValueError(f"an alias in {path.name}")
        return yaml.load(text, loader) or {}
    except (FileNotFoundError, yaml.YAMLError):  # the latter: another process writes it
        return {}
