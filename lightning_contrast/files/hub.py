"""The Hugging Face hub, asked once whether it is there."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

SECONDS = 5.0


@cache
def answers() -> bool:
    """Whether the hub answers from here, within five seconds; False where it is not to be asked.

    Its own client tries each file again for a minute before it gives up.
    """
    from huggingface_hub import constants, get_session

    try:
        get_session().head(constants.ENDPOINT, timeout=SECONDS)
    except Exception:  # the kinds are those of the client's library, which changes
        return False
    return True


@contextmanager
def asked_once(place: str) -> Iterator[None]:
    """Where the hub does not answer, libraries look for its files on this machine alone.

    ``place``: a name on the hub; a folder needs no hub, which is not asked then.
    """
    if Path(place).is_dir():
        yield
        return
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = before or not answers()
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before
