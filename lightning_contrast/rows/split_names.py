"""The words by which files and hubs call their splits."""

TRAIN, VALIDATION, TEST, UNDECIDED = 0, 1, 2, -1
PARTNER = -2  # on no side: a partner of other rows, such as a caption
EXTRA = -3  # likewise, but drawn in training alone: keywords beside a name

_NUMBER = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("validation", "valid", "val", "dev", "development"), VALIDATION),
    **dict.fromkeys(("test", "testing"), TEST),
}


def split_number(word: str) -> int | None:
    """0, 1, 2 for a word that means training, validation or test; None for any other.

    >>> split_number("Dev"), split_number("test"), split_number("extra")
    (1, 2, None)
    """
    return _NUMBER.get(word.strip().lower())
