"""``scripts/wandb_sync FOLDER``: sends the offline W&B runs below a folder."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lightning_contrast.errors import InputError
from lightning_contrast.loggers.make import logged_in

USAGE = "usage: wandb_sync FOLDER, such as runs or runs/multirun/2026-11-25/22-00-00"


def waiting(folder: Path) -> list[Path]:
    """The offline runs below a folder that were not sent yet, the oldest first.

    ``wandb sync`` leaves ``run-ID.wandb.synced`` beside what it has sent.
    """
    files = sorted(folder.glob("**/offline-run-*/run-*.wandb"), key=lambda file: file.parent.name)
    return [file.parent for file in files if not Path(f"{file}.synced").exists()]


def send(run: Path) -> bool:
    """Sends one run; what ``wandb sync`` says goes through."""
    return subprocess.run([sys.executable, "-m", "wandb", "sync", str(run)]).returncode == 0


def sync(folder: Path, send: Callable[[Path], bool] = send) -> int:
    """Sends every waiting run below ``folder``; how many there were.

    Raises:
        InputError: no such folder, nobody is logged in, or some of the runs could not be sent (the
            others were).
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}: give the folder of one run or of many")
    runs = waiting(folder)
    if runs and not logged_in():
        raise InputError(
            f"{len(runs)} offline runs wait in {folder}, and nobody is logged in to W&B: "
            "run wandb login, or set WANDB_API_KEY"
        )
    failed = [run for run in runs if not send(run)]
    if failed:
        raise InputError(
            f"{len(failed)} of {len(runs)} runs could not be sent, the first is {failed[0]}: "
            "what W&B said is above; the same command sends them again"
        )
    return len(runs)


def main(words: Sequence[str] | None = None) -> int:
    """The command: 0, or 2 after one line that says what to change."""
    words = sys.argv[1:] if words is None else words
    if len(words) != 1 or words[0].startswith("-"):
        print(USAGE, file=sys.stderr)
        return 0 if list(words) in (["-h"], ["--help"]) else 2
    try:
        count = sync(Path(words[0]))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{count} runs sent" if count else f"no offline run waits in {words[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
