"""The entry point of a rank: it trains, and writes a report if it fails."""

import json
import os
import signal
import sys
import threading
import time
import traceback
import warnings
from pathlib import Path
from typing import Any

from lightning_contrast.errors.explain import explain
from lightning_contrast.runtime.atomic import write_text

SECONDS_TO_SAVE = 20.0


def main(config: dict[str, Any], directory: Path, report: str) -> None:
    """Trains as this rank; see ``launch.run_ranks``. Never returns: the process ends here."""
    from lightning_contrast.runtime.signals import Stopped, listening
    from lightning_contrast.training.process import train_and_test

    threading.Thread(target=_end_with_starter, daemon=True).start()
    if os.environ["LOCAL_RANK"] != "0":
        warnings.simplefilter("ignore")  # the first rank gives the same warnings
    code = 0
    try:
        with listening(config["stop_signals"]):
            train_and_test(config, directory)
    except BaseException as error:
        code = error.code if isinstance(error, Stopped) else 1
        if not isinstance(error, KeyboardInterrupt | SystemExit):
            _tell(error, Path(report))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # at once: other ranks see the connection close, and no thread delays the end


def _tell(error: BaseException, report: Path) -> None:
    text = "".join(traceback.format_exception(error))
    line = explain(error)
    write_text(report, json.dumps({"time": time.time(), "line": line, "traceback": text}))


def _end_with_starter() -> None:
    """Ends this process when the one that started it is gone, after Lightning has saved."""
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_SAVE)
    os._exit(1)
