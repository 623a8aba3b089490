"""Rows of JSON lines, or of one JSON array of objects."""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any

from lightning_contrast.errors import InputError
from lightning_contrast.files.columns import Cells, inner, outermost, places


def json_rows(
    lines: Iterable[str],
    name: str,
    wanted: Mapping[str, str],
    first: int | None = None,
    array: bool = False,
) -> Iterator[Cells]:
    """The wanted cells of each row. Every wanted column must occur in one of the ``first`` rows.

    ``array``: reads a JSON array too, at once. Raises ``InputError`` for an array that is broken.

    >>> list(json_rows(['{"a": 1}', '{"a": 2}'], "x.jsonl", {"text": "a"}))
    [({'text': 1}, ''), ({'text': 2}, '')]
    """
    lines = iter(lines)
    start = next(filter(str.strip, lines), "") if array else ""
    if start.lstrip().startswith("["):
        records = _of_array(start + "".join(lines), name)
    else:
        records = _of_lines(chain([start], lines) if start else lines)
    head = list(islice(records, first))
    names = list(dict.fromkeys(key for record, _ in head for key in record))
    if not head:
        raise InputError(f"{name} is empty: it must hold one JSON object or more")
    if names:
        places(names, wanted, name, _inside(head))
    outer = {column: outermost(column, names) for column in wanted.values()}
    for record, problem in chain(head, records):
        cells = {a: inner(record.get(outer[c]), c, outer[c]) for a, c in wanted.items()}
        yield cells, problem


def _inside(head: Iterable[Cells]) -> list[str]:
    """The values inside the objects of some records, by their dotted names.

    >>> _inside([({"meta": {"label": 1, "lang": "en"}, "text": ""}, "")])
    ['meta.label', 'meta.lang']
    """
    found = (
        f"{key}.{name}"
        for record, _ in head
        for key, value in record.items()
        if isinstance(value, Mapping)
        for name in value
    )
    return list(dict.fromkeys(found))


def _of_array(text: str, name: str) -> Iterator[Cells]:
    found, problem = _parsed(text)
    if problem:
        raise InputError(f"{name}{problem}: write it again, or as a JSON object a line (.jsonl)")
    return (_record(record) for record in found)


def _of_lines(lines: Iterable[str]) -> Iterator[Cells]:
    for number, line in enumerate(lines, start=1):
        if line.strip():
            found, problem = _parsed(line)
            record, problem = ({}, problem) if problem else _record(found)
            yield record, problem and f" (line {number}){problem}"


def _record(found: Any) -> Cells:
    return (found, "") if isinstance(found, dict) else ({}, " must be a JSON object {...}")


def _parsed(text: str) -> tuple[Any, str]:
    """The value of a JSON text, or what is wrong with it."""
    try:
        return json.loads(text, object_pairs_hook=_once), ""
    except json.JSONDecodeError as error:
        return None, f" is not JSON ({error.msg} at character {error.pos + 1})"
    except (ValueError, RecursionError) as error:  # too long a number, or too deep a nesting
        return None, f" is JSON that can't be read ({error})"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"it has two values called {twice!r}")
    return found
