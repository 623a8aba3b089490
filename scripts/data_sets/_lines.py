"""JSON lines, and pictures as PNG files of 64 pixels a side."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

SIZE = 64


def write_lines(file: Path, rows: Iterable[dict[str, Any]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    file.write_text("".join(lines), encoding="utf-8")


def different(texts: Iterable[str]) -> list[str]:
    """The texts in their order, each once; those that differ only in case are one.

    >>> different(["OK button", "ok button", "ok"])
    ['OK button', 'ok']
    """
    once: dict[str, str] = {}
    for text in texts:
        once.setdefault(text.casefold(), text)
    return list(once.values())
