"""Rows of JSON lines."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from lightning_contrast.files.columns import Cells, places


def json_rows(
    lines: Iterable[str], name: str, wanted: Mapping[str, str], first: int | None = None
) -> Iterator[Cells]:
    """The wanted cells of each row. A wanted column must stand in one of the ``first`` rows.

    >>> list(json_rows(['{"a": 1}', '{"a": 2}'], "x.jsonl", {"text": "a"}))
    [({'text': 1}, ''), ({'text': 2}, '')]
    """
    records = _records(lines)
    head = list(islice(records, first))
    names = list(dict.fromkeys(key for record, _ in head for key in record))
    if names or not head:
        places(names, wanted, name)
    for record, problem in chain(head, records):
        yield {a: record.get(column) for a, column in wanted.items()}, problem


def _records(lines: Iterable[str]) -> Iterator[tuple[dict[str, Any], str]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as error:
            problem = f"is not JSON ({error.msg} at character {error.pos + 1})"
        except (ValueError, RecursionError) as error:  # a number or a nesting beyond all measure
            problem = f"is JSON that can't be read ({error})"
        else:
            problem = "" if isinstance(record, dict) else "must be a JSON object {...}"
        yield ({}, f" (line {number}) {problem}") if problem else (record, "")
