"""Checks that a head and the labels of the data are of the same kind: of rows, places or boxes."""

from typing import Any

from lightning_contrast.config.part import name_of
from lightning_contrast.errors import InputError


def check_places(head: Any, datamodule: Any) -> None:
    """Raises ``InputError`` where the head is of places, and the data has no labels of such, or the
    other way round."""
    if head.predicts_next != datamodule.next_token:
        what = "learns which token follows" if head.predicts_next else "learns nothing of it"
        raise InputError(
            f"datamodule.next_token labels each token with the one that follows, and head "
            f"{name_of(head)} {what}: set datamodule.next_token={str(head.predicts_next).lower()}"
        )
    boxes = datamodule.splits is not None and datamodule.splits.labelled.boxes is not None
    if head.of_boxes and not boxes:
        raise InputError(
            f"head {name_of(head)} learns from boxes, and source {name_of(datamodule.source)} has "
            "none: choose one that has, such as source=coco or source=scenes"
        )
    if boxes and not head.of_boxes and head.decides:
        raise InputError(
            f"source {name_of(datamodule.source)} labels boxes in images, and head {name_of(head)} "
            "does not find such: set recipe=detection, or recipe=dense to leave the labels unused"
        )
    if head.of_places and datamodule.places is None:
        raise InputError(
            f"head {name_of(head)} tags places, and source {name_of(datamodule.source)} gives each "
            "text one label: choose a source with spans, such as source=conll, or set head=linear "
            "and encoder.dense=false"
        )
    if head.decides and not head.of_places and datamodule.places is not None:
        raise InputError(
            f"source {name_of(datamodule.source)} labels spans in texts, and head {name_of(head)} "
            "judges whole texts: set recipe=entities, or head=tagger encoder.dense=true"
        )
