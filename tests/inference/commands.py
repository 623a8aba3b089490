"""Commands called as the command line calls them."""

from collections.abc import Callable
from unittest.mock import patch

from hydra._internal.hydra import Hydra


def composing_once():
    """Hydra composes a whole config only to read ``hydra.mode``, which ours leave open."""
    return patch.object(Hydra, "get_mode", return_value=None)


def called(main: Callable[[list[str]], None], *words: str) -> int:
    """The exit code of a command."""
    try:
        with composing_once():
            main(list(words))
    except SystemExit as stop:
        return stop.code  # type: ignore[return-value]
    return 0
