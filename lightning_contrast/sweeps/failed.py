"""A Hydra callback that lists the failed jobs of a sweep, and runs them again in its folder."""

import sys
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback

from lightning_contrast.errors import refuse
from lightning_contrast.sweeps.outcome import failure, forget_refusal, refusal, result

IRRELEVANT = ("rerun_failed", "quiet")


class SweepReport(Callback):
    """Lists the failed jobs at the end, and ends the command with exit code 1 if there are any.

    A job that fails stops no other; its error is written to its folder. The same command with
    ``rerun_failed=true`` runs in the folder of the last sweep of that command, and repeats only the
    jobs that have no result.
    """

    def on_multirun_start(self, config: Any, **kwargs: Any) -> None:
        from hydra.core.hydra_config import HydraConfig

        HydraConfig.instance().set_config(config)  # so that sweep.dir may hold ${hydra:...}
        if config.get("rerun_failed"):
            _go_on(config)

    def on_multirun_end(self, config: Any, **kwargs: Any) -> None:
        folder = Path(config.hydra.sweep.dir)
        jobs = sorted((path.parent.parent for path in folder.glob("*/.hydra/config.yaml")), key=_by)
        told = {job: refusal(job) or failure(job) for job in jobs}
        lost = [job for job in jobs if refusal(job) or not result(job)]
        if not any(told[job] for job in lost):
            return
        common = set.intersection(*map(_asked, jobs))
        print(f"\n{len(lost)} of {len(jobs)} jobs failed:", file=sys.stderr)
        for job in lost:
            varied = " ".join(sorted(_asked(job).difference(common)))
            print(f"  {job.name}  {varied}: {told[job] or 'it was killed'}", file=sys.stderr)
            forget_refusal(job)
        print(
            f"Their folders are in {folder}. rerun_failed=true added to the same command runs these"
            " jobs again, and no other.",
            file=sys.stderr,
        )
        raise SystemExit(1)  # Hydra turns every other exception of a callback into a warning


def _asked(job: Path) -> set[str]:
    from omegaconf import OmegaConf

    return set(map(str, OmegaConf.load(job / ".hydra" / "overrides.yaml")))


def _by(job: Path) -> tuple[int, str]:
    number = job.name.partition("_")[0]
    return (int(number) if number.isdecimal() else sys.maxsize), job.name


def _go_on(config: Any) -> None:
    """Sets the sweep's folder to that of the sweep that is to be completed."""
    from omegaconf import read_write

    words = _words(config)
    given = Path(config.hydra.sweep.dir)
    if any(word.startswith("hydra.sweep.dir=") for word in config.hydra.overrides.hydra):
        if _words_of(given) != words:
            refuse(f"{given} holds no sweep of this command: give the command of that sweep")
        return
    found = [path.parent for path in given.parents[1].glob("*/*/multirun.yaml")]
    same = sorted(folder for folder in found if _words_of(folder) == words)
    if not same:
        refuse(
            f"rerun_failed=true found no sweep of this command in {given.parents[1]}: give its "
            "folder, hydra.sweep.dir=FOLDER, or leave rerun_failed out"
        )
    with read_write(config.hydra):
        config.hydra.sweep.dir = str(same[-1])
        config.hydra.overrides.hydra.append(f"hydra.sweep.dir='{same[-1]}'")


def _words(config: Any) -> set[str]:
    words = map(str, config.hydra.overrides.task)
    return {word for word in words if word.lstrip("+").partition("=")[0] not in IRRELEVANT}


def _words_of(folder: Path) -> set[str] | None:
    from omegaconf import OmegaConf

    path = folder / "multirun.yaml"
    return _words(OmegaConf.load(path)) if path.is_file() else None
