"""The base of all evaluation protocols."""

from abc import ABC, abstractmethod
from typing import Annotated, ClassVar

from lightning_contrast.config.part import Part
from lightning_contrast.config.ranges import Range
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.report.findings import Findings

Level = Annotated[float, Range(above=0, below=1)]
"""The share of resamples that an interval holds."""


class EvaluationProtocol(Part, ABC, group="protocols", several=True):
    """What is measured of a trained classifier: ``protocol(subject) -> Findings``.

    ``title`` heads its part of the report. ``conf/protocols/NAME.yaml`` lists the arguments of the
    constructor below NAME. What cannot be said of a subject is left out of the figures, and
    ``notes`` say why.
    """

    title: ClassVar[str] = ""
    needs_head: ClassVar[bool] = True
    """It judges what the head says; without a head it is left out."""
    of_places: ClassVar[bool] = False
    """It is for heads of places, such as a tagger, and the others are for heads of whole rows."""
    of_boxes: ClassVar[bool] = False
    """It is for heads that find boxes."""

    @abstractmethod
    def __call__(self, subject: Subject) -> Findings:
        """The figures, tables and plots of a subject."""
