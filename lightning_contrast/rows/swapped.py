"""Texts with two of their words swapped."""

import re
from functools import cache

import numpy as np

WORD = re.compile(r"\w+(?:['’-]\w+)*")


def swapped(text: str, random: np.random.Generator) -> str:
    """A text with two different words swapped, drawn at random; as it is if it has none.

    English function words (the, on, of) stay where they are as long as two others can be swapped.

    >>> swapped("A dog, on the grass.", np.random.default_rng(0))
    'A grass, on the dog.'
    """
    words = list(WORD.finditer(text))
    telling = [word for word in words if word[0].lower() not in _small()]
    for among in (telling, words):
        pairs = [
            (a, b)
            for place, a in enumerate(among)
            for b in among[place + 1 :]
            if a[0].lower() != b[0].lower()
        ]
        if pairs:
            a, b = pairs[random.integers(len(pairs))]
            between = text[a.end() : b.start()]
            return text[: a.start()] + b[0] + between + a[0] + text[b.end() :]
    return text


@cache
def _small() -> frozenset[str]:
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

    return ENGLISH_STOP_WORDS
