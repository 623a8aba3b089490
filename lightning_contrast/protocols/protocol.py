"""The base of all evaluation protocols, and the checks of their arguments."""

from collections.abc import Sequence
from typing import ClassVar

from lightning_contrast.config.part import Part
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.report.findings import Findings


class EvaluationProtocol(Part, group="protocols"):
    """What is measured of a trained classifier: ``protocol(subject) -> Findings``.

    ``title`` heads its part of the report. ``conf/protocols/NAME.yaml`` lists the arguments of the
    constructor below NAME. What cannot be said of a subject is left out of the figures, and
    ``notes`` say why.
    """

    title: ClassVar[str] = ""

    def __call__(self, subject: Subject) -> Findings:
        raise NotImplementedError


def check_whole(protocol: str, least: int = 1, **arguments: int | Sequence[int] | None) -> None:
    """Raises ``InputError`` for an argument that is no whole number of at least ``least``.

    Of a sequence each number counts; None is let through.

    >>> check_whole("accuracy", resamples=0)
    Traceback (most recent call last):
    lightning_contrast.errors.InputError: protocols.accuracy.resamples must be a whole number of ...
    """
    for name, value in arguments.items():
        for each in value if isinstance(value, Sequence) else [value]:
            if each is not None and (type(each) is not int or each < least):
                raise InputError(
                    f"protocols.{protocol}.{name} must be a whole number of at least {least}, got "
                    f"{value!r}: leave it out for its default"
                )


def check_level(protocol: str, level: float) -> None:
    """Raises ``InputError`` unless the level of an interval is between 0 and 1.

    >>> check_level("accuracy", 0.95)
    """
    if not 0 < level < 1:
        raise InputError(
            f"protocols.{protocol}.level must be between 0 and 1, got {level}: set it to 0.95"
        )
