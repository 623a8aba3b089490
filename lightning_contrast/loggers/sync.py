"""``scripts/wandb_sync FOLDER``: sends the offline W&B runs below a folder."""

import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from pathlib import Path

from lightning_contrast.errors import InputError, refuse
from lightning_contrast.loggers.weights_and_biases import logged_in


def waiting(folder: Path) -> list[Path]:
    """The offline runs below a folder that were not sent yet, oldest first.

    ``wandb sync`` writes ``run-ID.wandb.synced`` beside a run that it has sent.
    """
    files = sorted(folder.glob("**/offline-run-*/run-*.wandb"), key=lambda file: file.parent.name)
    return [file.parent for file in files if not Path(f"{file}.synced").exists()]


def send(run: Path) -> bool:
    """Sends one run; the output of ``wandb sync`` is shown."""
    return subprocess.run([sys.executable, "-m", "wandb", "sync", str(run)]).returncode == 0


def sync(folder: Path, send: Callable[[Path], bool] = send) -> int:
    """Sends every waiting run below ``folder``; returns how many there were.

    Raises:
        InputError: there is no such folder, the user is not logged in, or some of the runs could
            not be sent (the others were).
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}: give the folder of one run or of many")
    runs = waiting(folder)
    if runs and not logged_in():
        raise InputError(
            f"{len(runs)} offline runs wait in {folder}, but you are not logged in to W&B: "
            "run wandb login, or set WANDB_API_KEY"
        )
    failed = [run for run in runs if not send(run)]
    if failed:
        raise InputError(
            f"{len(failed)} of {len(runs)} runs could not be sent, the first is {failed[0]}: "
            "W&B's messages are above; the same command sends them again"
        )
    return len(runs)


def main(words: Sequence[str] | None = None) -> None:
    """The command; a mistake of the user ends it with one line and exit code 2."""
    parser = ArgumentParser("wandb_sync", description=__doc__)
    parser.add_argument("folder", type=Path, help="such as runs or runs/multirun/DAY/TIME")
    folder = parser.parse_args(words).folder
    try:
        count = sync(folder)
    except InputError as error:
        refuse(error)
    print(f"{count} runs sent" if count else f"no offline run waits in {folder}")


if __name__ == "__main__":
    main()
