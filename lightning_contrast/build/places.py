"""Checks that a head and the labels of the data are of the same kind: of rows, places or boxes."""

from typing import Any

from lightning_contrast.config.part import name_of
from lightning_contrast.errors import InputError
from lightning_contrast.types import Answer


def check_places(head: Any, datamodule: Any) -> None:
    """Raises ``InputError`` where the head is of places, and the data has no labels of such, or the
    other way round."""
    answer, follows = head.answer, head.answer is Answer.TOKEN
    if follows != datamodule.next_token:
        what = "learns which token follows" if follows else "learns nothing of it"
        raise InputError(
            f"datamodule.next_token labels each token with the one that follows, and head "
            f"{name_of(head)} {what}: set datamodule.next_token={str(follows).lower()}"
        )
    boxes = datamodule.splits is not None and datamodule.splits.labelled.boxes is not None
    if answer is Answer.BOXES and not boxes:
        raise InputError(
            f"head {name_of(head)} learns from boxes, and source {name_of(datamodule.source)} has "
            "none: choose one that has, such as source=coco or source=scenes"
        )
    if boxes and answer in (Answer.CLASS, Answer.SPANS):
        raise InputError(
            f"source {name_of(datamodule.source)} labels boxes in images, and head {name_of(head)} "
            "does not find such: set recipe=detection, or recipe=dense to leave the labels unused"
        )
    if answer.of_places and datamodule.places is None:
        raise InputError(
            f"head {name_of(head)} tags places, and source {name_of(datamodule.source)} gives each "
            "text one label: choose a source with spans, such as source=conll, or set head=linear "
            "and encoder.dense=false"
        )
    if answer is Answer.CLASS and datamodule.places is not None:
        raise InputError(
            f"source {name_of(datamodule.source)} labels spans in texts, and head {name_of(head)} "
            "judges whole texts: set recipe=entities, or head=tagger encoder.dense=true"
        )
