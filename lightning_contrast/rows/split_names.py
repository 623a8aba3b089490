"""Numbers of the splits, and the words for them in files and on hubs."""

TRAIN, VALIDATION, TEST, UNDECIDED = 0, 1, 2, -1
PARTNER = -2  # in no split: a partner of other rows, such as a caption
EXTRA = -3  # a partner that is drawn in training only, such as keywords beside a name

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
