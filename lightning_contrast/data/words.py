"""Defines the words of the word tokenizer."""

from collections import Counter
from unicodedata import category

from lightning_contrast.rows.content import SIGNS

MANY_DIGITS, FEW_DIGITS = 4, 1


def word_pattern(texts: list[str]) -> str:
    """The regular expression of a token, for texts like these.

    A token is a run of letters and digits with at least one letter; up to four digits of a number;
    a character of a script without spaces; a flag; any other symbol, such as an emoji; or
    punctuation between spaces, such as ``:-)``. Other punctuation is dropped. If the texts hold
    more digits than letters, nearly every number is new, and each digit is a token; if they hold
    more punctuation than letters and digits, each of its signs is one.

    >>> import re
    >>> word_pattern(["no 12"]) == word_pattern(["no 12", "31415"])
    False
    """
    count = Counter("".join(texts))
    letters = sum(many for sign, many in count.items() if sign.isalpha())
    digits = sum(many for sign, many in count.items() if sign.isdigit())
    signs = sum(many for sign, many in count.items() if category(sign)[0] == "P")
    most = FEW_DIGITS if digits > letters else MANY_DIGITS
    own = rf"[\p{{L}}\p{{M}}\p{{N}}]&&[^{SIGNS}]"
    return "|".join(
        (
            rf"[[{SIGNS}]&&[\p{{L}}\p{{N}}]][[{SIGNS}]&&\p{{M}}]*",
            rf"\p{{N}}*[[\p{{L}}\p{{M}}]&&[^{SIGNS}]][{own}]*(?:['’][\p{{L}}&&[^{SIGNS}]]+)?",
            rf"\p{{N}}+['’][\p{{L}}&&[^{SIGNS}]]+",  # the 1980's
            rf"\p{{N}}{{1,{most}}}",
            r"[\x{1F1E6}-\x{1F1FF}]{2}",
            r"\p{S}",
            r"\p{P}" if signs > letters + digits else r"(?<!\S)\p{P}+(?!\S)",
        )
    )
