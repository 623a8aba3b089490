"""Writes the folder of an evaluation: metrics.json, tables, plots, and one page with all of it."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lightning_contrast.modalities.modality import Picture
from lightning_contrast.report.findings import Cell, Findings, ReportTable, shown
from lightning_contrast.report.page import PAGE
from lightning_contrast.report.style import save
from lightning_contrast.runtime.atomic import write_text
from lightning_contrast.runtime.csv_cells import CsvWriter

SHOWN_ROWS, SHOWN_COLUMNS = 200, 25  # limits for a table on the page
LONGEST = 100  # characters of the name of a file


class Section(NamedTuple):
    """A part of the report: its heading, and its findings."""

    title: str
    findings: Findings


def write_report(
    folder: Path,
    name: str,
    note: str,
    sections: Mapping[str, Section],
    tiles: Mapping[str, Cell] | None = None,
    config: str = "",
) -> dict[str, Path]:
    """Writes ``folder``; returns its PNGs by ``SECTION_PLOT``.

    ``metrics.json``: the figures of all sections, flat; for equal names the first one counts.
    ``tables/SECTION_TABLE.csv`` and ``plots/SECTION_PLOT.png``. ``report.html``: everything on one
    page that needs no other file and no network; ``tiles`` are the figures at its top, ``config``
    the resolved config as YAML text.
    """
    from jinja2 import Environment

    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "metrics.json", all_figures(sections))
    pictures = {}
    for key, section in sections.items():
        for table, content in section.findings.tables.items():
            write_csv(folder / "tables" / f"{file_name(key, table)}.csv", content)
        for plot, maker in section.findings.plots.items():
            png = folder / "plots" / f"{file_name(key, plot)}.png"
            pictures[f"{key}_{plot}"] = save(maker.draw, png)
    page = Environment(autoescape=True).from_string(PAGE)
    text = page.render(
        name=name,
        note=note,
        tiles={key: shown(value) for key, value in (tiles or {}).items()},
        sections=[_on_page(key, section, pictures) for key, section in sections.items()],
        config=config,
    )
    write_text(folder / "report.html", text)
    return pictures


def all_figures(sections: Mapping[str, Section]) -> dict[str, float]:
    """The figures of all sections by name, sorted; for equal names the first one counts."""
    figures: dict[str, float] = {}
    for section in sections.values():
        figures = {**section.findings.figures, **figures}
    return dict(sorted(figures.items()))


def file_name(section: str, part: str) -> str:
    """The name of a part's file, without its ending: a column of the rows may be called ``../a``.

    >>> file_name("fairness", "../../a b")
    'fairness_.._.._a_b'
    """
    return re.sub(r"[^\w.-]+", "_", f"{section}_{part}")[:LONGEST]


def write_csv(path: Path, table: ReportTable) -> None:
    """Writes a table with unrounded numbers (``CsvWriter``); pictures become empty cells."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = CsvWriter(file)
        for row in (table.columns, *table.rows):
            writer.row("" if isinstance(cell, Picture) else cell for cell in row)


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Writes a flat JSON object, atomically."""
    write_text(path, json.dumps(dict(values), indent=2) + "\n")


def _on_page(key: str, section: Section, pictures: Mapping[str, Path]) -> dict[str, Any]:
    findings = section.findings
    return {
        "key": key,
        "title": section.title,
        "notes": findings.notes,
        "tables": [
            _shown(file_name(key, n), table) for n, table in findings.tables.items() if table.rows
        ],
        "plots": [
            (
                f"{key}_{n}",
                plot.caption,
                Picture.of_png(pictures[f"{key}_{n}"].read_bytes()).address,
            )
            for n, plot in findings.plots.items()
        ],
    }


def _shown(name: str, table: ReportTable) -> dict[str, Any]:
    """A table on the page: only the first rows if it is long; none if it is wide (see its CSV)."""
    wide = len(table.columns) > SHOWN_COLUMNS
    rows = [] if wide else table.rows[:SHOWN_ROWS]
    columns = [] if wide else list(zip(table.columns, *table.rows, strict=True))
    return {
        "name": name,
        "caption": table.caption,
        "columns": [(c[0], any(isinstance(cell, int | float) for cell in c[1:])) for c in columns],
        "rows": [[(shown(cell), isinstance(cell, Picture)) for cell in row] for row in rows],
        "rest": f"tables/{name}.csv" if len(rows) < len(table.rows) else "",
    }


def _address(png: Path) -> str:
    return Picture.of_png(png.read_bytes()).address
