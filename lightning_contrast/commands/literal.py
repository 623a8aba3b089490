"""Values of the command line that are texts or paths, and may hold any character."""

import re
from collections.abc import Sequence

SEVERAL = ("-m", "--multirun")


def literal(words: Sequence[str], keys: Sequence[str]) -> list[str]:
    """The words of a command, with the values of ``keys`` quoted for Hydra's grammar.

    Quotation marks around a value are removed first, as Hydra does for any key. The words of a
    multirun are not changed: there a comma separates values.

    >>> literal(["input=scan (1).png", "k=3"], ["input"])
    ["input='scan (1).png'", 'k=3']
    """
    if any(word in SEVERAL for word in words):
        return list(words)
    return [quoted(word) if word.partition("=")[0] in keys else word for word in words]


def quoted(word: str) -> str:
    """``KEY=VALUE`` with the value in quotation marks, and special characters escaped.

    >>> print(quoted("query=It's 5, or ${six}"))
    query='It\\'s 5, or \\${six}'
    >>> print(quoted('query="in quotation marks"'))
    query='in quotation marks'
    """
    key, _, text = word.partition("=")
    if whole := re.fullmatch(r"""(['"])((?:(?!\1)[^\\]|\\.)*)\1""", text, re.DOTALL):
        text = whole[2].replace("\\" + whole[1], whole[1])
    escaped = re.sub(r"(\\*)(\$\{)", r"\1\1\\\2", text)
    escaped = re.sub(r"(\\*)('|$)", lambda m: 2 * m[1] + ("\\'" if m[2] else ""), escaped)
    return f"{key}='{escaped}'"
