"""Entry points: makes a Hydra task a ``main`` that prints mistakes of the user in one line."""

import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from lightning_contrast.commands.literal import literal as as_literal
from lightning_contrast.commands.shared import with_shared
from lightning_contrast.config import naming
from lightning_contrast.config.folder import conf_directory, import_from, own_folders
from lightning_contrast.errors import INCOMPLETE, Killed, on_one_line, refuse
from lightning_contrast.errors.config import Configs
from lightning_contrast.errors.explain import explain
from lightning_contrast.runtime.first_process import is_first_process
from lightning_contrast.runtime.signals import Interrupted, Stopped, listening
from lightning_contrast.sweeps.outcome import forget_failure, note_failure

FULL_ERROR = "HYDRA_FULL_ERROR"
SWEEP_REPORT = "sweep_report"
"""The report of failed jobs in ``hydra.callbacks``. Without it a failed job ends the sweep."""


class _Task:
    """The task as Hydra calls it: it records that it was called, and mutes Hydra's error header.

    It is a class, so that launchers can pickle it. Configs need ``${run_name:}`` and the user's own
    parts in ``folders``: both are made available when the task is made, and again when another
    process unpickles it, before Hydra resolves the name of the run's folder.
    """

    def __init__(self, task: Callable[[Any], Any], plain_errors: bool, folders: Sequence[str]):
        self.task = task
        self.plain_errors = plain_errors
        self.folders = folders
        self.reached = False
        self.code: Any = 0  # of a job of several that left rows out
        self.__wrapped__ = task  # from here Hydra takes the name of the job
        self.__module__ = task.__module__
        self._make_ready()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._make_ready()

    def _make_ready(self) -> None:
        naming.register()
        import_from(self.folders)

    def __call__(self, config: Any) -> Any:
        from hydra.core.hydra_config import HydraConfig
        from hydra.types import RunMode

        self.reached = True
        if not self.plain_errors:
            return self.task(config)
        os.environ.pop(FULL_ERROR, None)  # child processes of the job must not inherit it
        hydra = HydraConfig.get()
        swept = hydra.mode == RunMode.MULTIRUN and SWEEP_REPORT in hydra.callbacks
        directory = Path(hydra.runtime.output_dir)
        try:
            if swept:
                forget_failure(directory)
            return self.task(config)
        except SystemExit as stop:
            if hydra.mode == RunMode.RUN or stop.code != INCOMPLETE:
                raise
            self.code = stop.code  # the other jobs go on
            return None
        except Exception as error:
            if swept:  # other jobs go on; the report at the end lists this one
                print(f"job failed: {on_one_line(note_failure(directory, error))}", file=sys.stderr)
                return None
            # A single run needs no "Error executing job with overrides"; in a multirun it says
            # which job failed.
            told = isinstance(error, BrokenPipeError) or explain(error)
            if told and hydra.mode == RunMode.RUN:
                sys.stderr = io.StringIO()
            raise
        finally:
            os.environ[FULL_ERROR] = "1"


def _parse(words: Sequence[str]) -> tuple[Any, Any]:
    """Parses with Hydra's own parser; adds ``-q``, and prints its errors in one line."""
    from hydra._internal.utils import get_args_parser

    given = [word for word in words if word not in ("-q", "--quiet")]
    parser = get_args_parser()
    complaint = io.StringIO()
    try:
        with redirect_stderr(complaint):
            arguments = parser.parse_intermixed_args(given)  # flags may follow overrides
    except SystemExit as stop:
        if stop.code:
            refuse(complaint.getvalue().strip().rpartition("error: ")[2])
        raise
    if len(given) < len(words):
        arguments.overrides.insert(0, "quiet=true")
    if arguments.config_dir:  # YAML files of the package have these keys, the user's may not
        arguments.overrides = with_shared(arguments.overrides)
    return parser, arguments


def entry_point(
    config_name: str, task: Callable[[Any], Any], literal: Sequence[str] = ()
) -> Callable[..., None]:
    """A ``main(argv=None)`` that composes ``conf/CONFIG_NAME.yaml`` and calls ``task(config)``.

    A mistake of the user ends it with one line on stderr and exit code 2 (``HYDRA_FULL_ERROR=1``
    shows the traceback). Ctrl-C ends it with one line and 130, SIGTERM with one and 75. Any other
    error is a defect of this package and keeps its traceback. All of Hydra's flags work, and ``-q``
    means ``quiet=true``. ``literal``: keys whose values are texts or paths, which may hold any
    character.

    >>> main = entry_point("train", lambda config: None)
    >>> main(["--cfg"])
    Traceback (most recent call last):
    SystemExit: 2
    """

    def main(argv: Sequence[str] | None = None) -> None:
        try:
            with listening(["SIGTERM"]):  # also while Hydra and torch are imported
                words = sys.argv[1:] if argv is None else argv
                _run(config_name, task, as_literal(words, literal))
        except (Stopped, KeyboardInterrupt) as error:
            told = isinstance(error, Interrupted)
            stopped = error if isinstance(error, Stopped) else Stopped(signal.SIGINT, told)
            if not stopped.told and is_first_process():
                print(f"stopped by {stopped.name}", file=sys.stderr)
            raise stopped from None

    return main


def _run(config_name: str, task: Callable[[Any], Any], words: list[str]) -> None:
    # hydra.main is not used: it reads sys.argv, and prints errors itself.
    from hydra import version
    from hydra._internal.utils import _run_hydra

    parser, arguments = _parse(words)
    plain_errors = os.environ.get(FULL_ERROR) != "1"
    run = _Task(task, plain_errors, own_folders(arguments.config_dir))
    version.setbase("1.3")
    stderr = sys.stderr
    try:
        # Makes Hydra raise exceptions; otherwise it prints them in many lines and exits with 1.
        os.environ[FULL_ERROR] = "1"
        _run_hydra(
            args=arguments,
            args_parser=parser,
            task_function=run,
            config_path=str(conf_directory()),
            config_name=config_name,
        )
        sys.stdout.flush()
        if run.code:
            raise SystemExit(run.code)
    except Stopped:
        raise
    except SystemExit as stop:
        if isinstance(stop.__context__, KeyboardInterrupt):  # Lightning makes exit(1) of it
            raise Stopped(signal.SIGINT) from None
        raise SystemExit(stop.code) from None
    except BrokenPipeError:  # the program that reads the output (head, less) has ended
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None
    except Exception as error:
        if not plain_errors:
            raise
        sys.stderr = stderr
        own = [Path(arguments.config_dir)] if arguments.config_dir else []
        name = arguments.config_name or config_name
        configs = Configs([conf_directory(), *own], name, arguments.overrides)
        line = explain(error, configs, composing=not run.reached)
        if line is None:
            raise
        refuse(line, code=1 if isinstance(error, Killed) else 2)
    finally:
        sys.stderr = stderr
        if plain_errors:
            os.environ.pop(FULL_ERROR, None)
