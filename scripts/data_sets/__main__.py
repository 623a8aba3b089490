"""``python -m data_sets DATA NAME``: writes a data set to ``DATA/NAME``.

It is made in a folder beside its place, and moved there when it is whole.
"""

import signal
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from lightning_contrast.errors import InputError

NAMES = sorted(file.stem for file in Path(__file__).parent.glob("[!_]*.py"))


def main(words: list[str], data: Path) -> int:
    if len(words) != 1 or words[0] not in NAMES:
        return _failed(f"name the data to fetch: one of {', '.join(NAMES)}, got {words}")
    place = data / words[0]
    if place.is_dir():
        print(f"{place} is there already")
        return 0
    data.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="partial.", dir=data) as partial:
            folder, downloads = Path(partial) / "whole", Path(partial) / "downloads"
            folder.mkdir()
            downloads.mkdir()
            said = import_module(f".{words[0]}", __package__).write(folder, downloads)
            size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
            folder.rename(place)
    except InputError as error:
        return _failed(str(error))
    except KeyboardInterrupt:
        return _failed(f"stopped: {place} was not made")
    print(f"{said} ({size / 1e6:.0f} MB): {place}")
    return 0


def _failed(line: str) -> int:
    print(f"error: {line}", file=sys.stderr)
    return 1


def _stop(*_: Any) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    for sent in (signal.SIGTERM, signal.SIGINT):  # which a shell's background jobs ignore
        signal.signal(sent, _stop)
    sys.exit(main(sys.argv[2:], Path(sys.argv[1])))
