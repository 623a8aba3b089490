"""Finds the checkpoint that a run resumes from, and checks that it is of the same run."""

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lightning_contrast.config.values import flat
from lightning_contrast.errors import InputError, OtherRun
from lightning_contrast.modules.checkpoint import KEY, TESTED, read
from lightning_contrast.runtime.atomic import replacing
from lightning_contrast.runtime.first_process import is_first_process

FREE = (
    *("resume", "quiet", "name", "tags", "group", "job_type", "logger", "cluster", "stop_signals"),
    *("baselines", "protocols", "notes", "rerun_failed", "callbacks.health", "callbacks.last"),
    *("callbacks.progress", "callbacks.finite", "callbacks.collapse", "callbacks.early_stopping"),
    *("datamodule.num_workers", "trainer.log_every_n_steps"),
    *("trainer.max_epochs", "trainer.max_steps", "trainer.max_time", "trainer.profiler"),
)
"""Keys of the config that may change when a run is resumed: they change none of its steps."""
SHOWN = 8
ABSENT = "nothing"


def start(config: Mapping[str, Any], directory: Path) -> Path | None:
    """The checkpoint that a run in ``directory`` resumes from, None for a new run.

    ``resume=false`` removes the checkpoints of the directory. If the checkpoint lies in another
    directory, its best weights so far are copied too. Raises ``InputError`` as ``find`` does.
    """
    folder = directory / "checkpoints"
    path = find(config, directory)
    if config["resume"] is False:
        for old in folder.glob("*.ckpt"):
            old.unlink(missing_ok=True)
    elif path is not None and path.parent.resolve() != folder.resolve():
        _bring_best(path, folder)
    return path


def find(config: Mapping[str, Any], directory: Path) -> Path | None:
    """The checkpoint that ``start`` gives; no file is changed.

    ``config["resume"]`` is ``auto`` (the newest undamaged checkpoint of the directory, if there is
    one), false (none), or the path of a checkpoint.

    Raises:
        InputError: no such checkpoint, a damaged one, or one of another config.
    """
    resume = config["resume"]
    if resume is False:
        return None
    if not isinstance(resume, str):
        raise InputError(
            f"resume must be auto, false or the path of a checkpoint, got {resume!r}: set "
            "resume=auto"
        )
    path = newest(directory / "checkpoints") if resume == "auto" else _given(Path(resume))
    if path is not None:
        check_same_run(config, read(path, mmap=True)[KEY]["run"], path)
    return path


def newest(folder: Path) -> Path | None:
    """The newest undamaged checkpoint that training can resume from; warns of damaged ones.

    >>> newest(Path("nowhere"))
    """
    for path in sorted(folder.glob("*.ckpt"), key=lambda p: p.stat().st_mtime_ns, reverse=True):
        if not is_whole(path):
            warnings.warn(f"{path} is damaged and is skipped", stacklevel=2)
        elif not read(path, mmap=True).get(TESTED):
            return path
    return None


def is_whole(path: Path) -> bool:
    """Whether every part of a file of ``torch.save`` is there, with the right check sum."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (OSError, zipfile.BadZipFile):
        return False


def steps_of(checkpoint: Path) -> int:
    """The number of optimiser steps before a checkpoint was saved."""
    return read(checkpoint, mmap=True)["global_step"]


def check_same_run(config: Mapping[str, Any], before: Mapping[str, Any], path: Path) -> None:
    """Raises ``InputError`` if a key that affects the weights differs from the checkpoint's run.

    >>> check_same_run({"seed": 0, "quiet": True}, {"seed": 1, "quiet": False}, Path("last.ckpt"))
    Traceback (most recent call last):
    lightning_contrast.errors.OtherRun: last.ckpt is of a run with seed=1 (now 0): ...
    """
    old, new = dict(flat(before)), dict(flat(config))
    keys = [key for key in (*old, *(k for k in new if k not in old)) if not _is_free(key)]
    found = [
        f"{key}={old.get(key, ABSENT)} (now {new.get(key, ABSENT)})"
        for key in keys
        if old.get(key, ABSENT) != new.get(key, ABSENT)
    ]
    if found:
        more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
        raise OtherRun(
            f"{path} is of a run with {', '.join(found[:SHOWN])}{more}: set them as they were, or "
            "start a new run in another directory, hydra.run.dir=FOLDER"
        )


def _given(path: Path) -> Path:
    if not path.is_file():
        there = ", ".join(str(p) for p in sorted(path.glob("**/*.ckpt"))[:3])
        held = f": it is a folder that holds {there}" if there else ""
        raise InputError(
            f"resume: no checkpoint at {path}{held}: set resume=RUN/checkpoints/last.ckpt"
        )
    if not is_whole(path):
        raise InputError(
            f"resume: {path} is damaged, or is no checkpoint: take another one of its run"
        )
    if read(path, mmap=True).get(TESTED):
        raise InputError(
            f"resume: {path} was tested, and its head may have been fitted anew: go on from the "
            "last.ckpt beside it"
        )
    return path


def _bring_best(path: Path, folder: Path) -> None:
    """Copies the best weights so far into another directory."""
    best = path.with_name("best.ckpt")
    if best.exists() and is_first_process():
        with replacing(folder / best.name) as file:
            file.write(best.read_bytes())


def _is_free(key: str) -> bool:
    return any(key == free or key.startswith(f"{free}.") for free in FREE)
