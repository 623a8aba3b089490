"""Pictures and their captions as the rows of one source."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from lightning_contrast.rows.duplicates import join_groups
from lightning_contrast.rows.labels import encode_labels
from lightning_contrast.rows.parts import Parts
from lightning_contrast.rows.split_names import EXTRA, PARTNER
from lightning_contrast.types import Images, Labelled


class Captioned(NamedTuple):
    """What is known of one picture. ``identity``: what it shows, None where only its captions say
    so; ``group``: pictures of one stay on one side of the split; ``label``: of a class, or None;
    ``extra``: captions for training alone."""

    captions: Sequence[str]
    side: int
    identity: str | None = None
    group: str | None = None
    label: str | None = None
    attributes: Mapping[str, str] = {}
    extra: Sequence[str] = ()


def with_captions(
    images: Images, pictures: Sequence[Captioned], counts: Mapping[str, int]
) -> Labelled:
    """The rows of a source: the pictures, then each caption of each identity once.

    Pictures of one identity are of one another's kind; where none is given, those that share a
    caption are. Captions are on no side: they are the partners of their pictures.

    >>> pictures = [Captioned(["cat", "pet"], 0), Captioned(["cat"], 0)]
    >>> rows = with_captions(["a.png", "b.png"], pictures, {})
    >>> rows.identity.tolist(), rows.split.tolist(), rows.raw.parts["text"]
    ([0, 0, 0, 0], [0, 0, -2, -2], ['cat', 'pet'])
    """
    identity = _first_rows(_identities(pictures))
    texts: dict[tuple[int, str], int] = {}  # and the picture that it was first seen with
    for row, picture in enumerate(pictures):
        for caption in picture.captions:
            texts.setdefault((int(identity[row]), caption), row)
    told = len(texts)
    for row, picture in enumerate(pictures):
        for caption in picture.extra:
            texts.setdefault((int(identity[row]), caption), row)
    sides = np.repeat([PARTNER, EXTRA], [told, len(texts) - told]).astype(np.int8)
    owner = np.append(np.arange(len(pictures)), np.array(list(texts.values()), dtype=np.int64))
    classes, label = encode_labels([picture.label for picture in pictures])
    named = [picture.group for picture in pictures]
    group = join_groups(identity, _numbered(named))
    side = np.array([picture.side for picture in pictures], dtype=np.int8)
    kinds = pictures[0].attributes if pictures else {}
    return Labelled(
        raw=Parts({"image": images, "text": [text for _, text in texts]}),  # type: ignore[arg-type]
        label=label[owner],
        classes=classes,
        group=group[owner],
        split=np.append(side, sides),
        counts={**counts, "captions": told, "extra_captions": len(texts) - told},
        identity=identity[owner],
        attributes={
            name: np.array([picture.attributes[name] for picture in pictures])[owner]
            for name in kinds
        },
    )


def _identities(pictures: Sequence[Captioned]) -> np.ndarray:
    """A number for what each picture shows, ``(N,)``."""
    if any(picture.identity is not None for picture in pictures):
        return _numbered([picture.identity for picture in pictures])
    rows = np.repeat(np.arange(len(pictures)), [len(picture.captions) for picture in pictures])
    caption = _numbered([caption for picture in pictures for caption in picture.captions])
    joined = join_groups(rows, caption)
    return joined[np.searchsorted(rows, np.arange(len(pictures)))]


def _numbered(names: Sequence[str | None]) -> np.ndarray:
    """A number for each name, and one of its own for each None."""
    number: dict[str | int, int] = {}
    found = [number.setdefault(row if n is None else n, len(number)) for row, n in enumerate(names)]
    return np.array(found, dtype=np.int64)


def _first_rows(number: np.ndarray) -> np.ndarray:
    """For each entry the place of the first one with the same number."""
    _, first, inverse = np.unique(number, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)
