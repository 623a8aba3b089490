"""The base of all evaluation protocols."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Annotated, ClassVar

from lightning_contrast.config.part import Part
from lightning_contrast.config.ranges import Range
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.report.findings import Findings
from lightning_contrast.types import Answer

Level = Annotated[float, Range(above=0, below=1)]
"""The share of resamples that an interval holds."""


OF_ROWS = tuple(answer for answer in Answer if not answer.of_places)


class EvaluationProtocol(Part, ABC, group="protocols", several=True):
    """What is measured of a trained classifier: ``protocol(subject) -> Findings``.

    ``title`` heads its part of the report. ``conf/protocols/NAME.yaml`` lists the arguments of the
    constructor below NAME. What cannot be said of a subject is left out of the figures, and
    ``notes`` say why.
    """

    title: ClassVar[str] = ""
    judges: ClassVar[Sequence[Answer]] = (Answer.CLASS,)
    """The answers of a head that it can judge; a run with another head leaves it out."""

    @abstractmethod
    def __call__(self, subject: Subject) -> Findings:
        """The figures, tables and plots of a subject."""
