"""Words with IOB2 tags: the spans of a sentence in its joined text."""

from collections.abc import Sequence

from lightning_contrast.sources._spans import OUTSIDE, Marked


def no_tag(tag: str) -> bool:
    """Whether a tag is none of ``O``, ``B-TYPE`` and ``I-TYPE``.

    >>> no_tag("B-place"), no_tag("S-place"), no_tag("B-")
    (False, True, True)
    """
    return tag != OUTSIDE and (tag[:2] not in ("B-", "I-") or not tag[2:])


def spans_of(words: Sequence[str], tags: Sequence[str], between: str) -> tuple[list[Marked], int]:
    """The spans of a sentence in its joined text, and how many ``I-`` began one.

    >>> spans_of(["in", "New", "York"], ["O", "B-place", "I-place"], " ")
    ([(3, 11, 'place')], 0)
    """
    found: list[Marked] = []
    repaired = place = 0
    before = OUTSIDE
    for word, tag in zip(words, tags, strict=True):
        stop = place + len(word)
        if tag[:1] == "I" and before[2:] == tag[2:] and found:
            found[-1] = (found[-1][0], stop, tag[2:])
        elif tag != OUTSIDE:
            found.append((place, stop, tag[2:]))
            repaired += tag[:1] == "I"
        place, before = stop + len(between), tag
    return found, repaired
