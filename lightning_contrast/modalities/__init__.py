"""The kinds of rows that the package knows: one file a modality.

What differs between texts and images (how a row is shown, read, or taken from a source) is asked
of the object here, so that no other room compares the name of a modality.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lightning_contrast.modalities.modality import Modality


def modality_of(name: str) -> "Modality":
    """The modality of this name; raises ``InputError`` for an unknown one.

    >>> modality_of("text").show(["one  two"], 0)
    'one two'
    """
    from lightning_contrast.errors import InputError
    from lightning_contrast.modalities.image import ImageModality
    from lightning_contrast.modalities.mixed import MixedModality
    from lightning_contrast.modalities.text import TextModality

    known: dict[str, Modality] = {
        kind.name: kind for kind in (TextModality(), ImageModality(), MixedModality())
    }
    if name == "moment":
        raise InputError(
            "an agent acts, and reads no rows: call lightning-contrast act checkpoint=..., or "
            "choose another modality"
        )
    if name not in known:
        raise InputError(
            f"modality must be one of {', '.join(known)}, got {name!r}: set it to one of them"
        )
    return known[name]
