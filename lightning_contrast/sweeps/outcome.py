"""The outcome of a job, kept in files of its folder, so that it works with every launcher."""

import json
import traceback
from pathlib import Path
from typing import Any

from lightning_contrast.errors import OtherRun
from lightning_contrast.errors.explain import explain
from lightning_contrast.runtime.atomic import write_text

FAILED = "failed.json"
REFUSED = "refused.json"
RESULT = "result.json"


def note_failure(directory: Path, error: Exception) -> str:
    """Writes ``failed.json``; returns the error in one line.

    If the job was refused because its folder belongs to another run, that run's outcome stays: the
    error is in ``refused.json`` until the sweep has printed it.
    """
    text = "".join(traceback.format_exception(error))
    line = explain(error) or f"{type(error).__name__}: {' '.join(str(error).split())}"
    directory.mkdir(parents=True, exist_ok=True)
    report = json.dumps({"error": line, "traceback": text}, indent=1)
    name = REFUSED if isinstance(error, OtherRun) else FAILED
    write_text(directory / name, report)
    return line


def refusal(directory: Path) -> str | None:
    """The error of a job that was just refused, else None."""
    return _read(directory / REFUSED).get("error")


def forget_refusal(directory: Path) -> None:
    """Removes ``refused.json``, once its error was printed."""
    (directory / REFUSED).unlink(missing_ok=True)


def forget_failure(directory: Path) -> None:
    """Removes the error of a job that runs again."""
    forget_refusal(directory)  # left by a sweep that was killed before it printed it
    (directory / FAILED).unlink(missing_ok=True)


def failure(directory: Path) -> str | None:
    """The error of a job that failed, else None."""
    return _read(directory / FAILED).get("error")


def result(directory: Path) -> dict[str, Any]:
    """The figures of a finished job; empty if it still runs, failed or was killed."""
    return _read(directory / RESULT)


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError, RecursionError):  # or another process writes it
        return {}
    return found if isinstance(found, dict) else {}
