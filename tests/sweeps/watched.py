"""Writes what a process holds after each job of a sweep; a callback of Hydra."""

import os
from pathlib import Path
from typing import Any

from hydra.experimental.callback import Callback

PAGE = os.sysconf("SC_PAGE_SIZE")


class Watched(Callback):
    """Appends a line to ``file``: resident bytes, and open files."""

    def __init__(self, file: str) -> None:
        self.file = Path(file)

    def on_job_end(self, **told: Any) -> None:
        resident = int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
        with self.file.open("a") as file:
            print(resident, len(os.listdir("/proc/self/fd")), file=file)
