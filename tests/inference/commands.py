"""Commands called as the command line calls them."""

from collections.abc import Callable


def called(main: Callable[[list[str]], None], *words: str) -> int:
    """The exit code of a command."""
    try:
        main(list(words))
    except SystemExit as stop:
        return stop.code  # type: ignore[return-value]
    return 0
