"""What became of a job, as files in its folder say: the same for every launcher."""

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
    """Writes ``failed.json``; returns the line that tells of the error.

    A job refused in the folder of another run, which has an outcome of its own, has its error in
    ``refused.json`` until the sweep has told of it.
    """
    text = "".join(traceback.format_exception(error))
    line = explain(error) or f"{type(error).__name__}: {' '.join(str(error).split())}"
    directory.mkdir(parents=True, exist_ok=True)
    report = json.dumps({"error": line, "traceback": text}, indent=1)
    name = REFUSED if isinstance(error, OtherRun) else FAILED
    write_text(directory / name, report)
    return line


def refusal(directory: Path) -> str | None:
    """The line of a job that was just refused, None of another."""
    return _read(directory / REFUSED).get("error")


def forget_refusal(directory: Path) -> None:
    """It was told."""
    (directory / REFUSED).unlink(missing_ok=True)


def forget_failure(directory: Path) -> None:
    """The job runs again."""
    forget_refusal(directory)  # of a sweep that was killed before it could tell
    (directory / FAILED).unlink(missing_ok=True)


def failure(directory: Path) -> str | None:
    """The line of a job that failed, None of another."""
    return _read(directory / FAILED).get("error")


def result(directory: Path) -> dict[str, Any]:
    """The figures of a job that has ended well; nothing of one that runs, failed or was killed."""
    return _read(directory / RESULT)


def _read(path: Path) -> dict[str, Any]:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):  # the latter: it is just being written
        return {}
