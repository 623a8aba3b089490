"""Texts and tables as Markdown; texts of rows are escaped, so that they can't act as markup."""

import re
from html import escape
from typing import Any

from lightning_contrast.modalities.modality import Picture
from lightning_contrast.report.findings import ReportTable, shown

# An underscore between two letters is no markup: names such as bbc_news are not changed.
_MARKUP = re.compile(r"[\\`*\[\]|]|(?<!\w)_|_(?!\w)")


class Markdown(str):
    """A text that is Markdown already, so that it is not escaped again."""


def escaped(text: Any) -> Markdown:
    """A text on one line, escaped so that Markdown shows it literally.

    >>> print(escaped("a|b <script> [x](y) *z*\\n_q_ bbc_news"))
    a\\|b &lt;script&gt; \\[x\\](y) \\*z\\* \\_q\\_ bbc_news
    """
    if isinstance(text, Markdown):
        return text
    line = escape(" ".join(str(text).split()), quote=False)
    return Markdown(_MARKUP.sub(lambda found: "\\" + found[0], line))


def markdown_table(table: ReportTable) -> Markdown:
    """A table as Markdown; pictures are left out.

    >>> print(markdown_table(ReportTable(("a", "b"), [(1, "x|y")])))
    | a | b |
    |---|---|
    | 1 | x\\|y |
    """
    rows = [
        ["" if isinstance(cell, Picture) else shown(cell) for cell in row] for row in table.rows
    ]
    head, *lines = ("| " + " | ".join(map(escaped, row)) + " |" for row in [table.columns, *rows])
    return Markdown("\n".join([head, "|" + "---|" * len(table.columns), *lines]))
