"""What the terminal shows of an evaluation."""

from collections.abc import Mapping
from pathlib import Path

from lightning_contrast.report.findings import ReportTable
from lightning_contrast.report.report import Section
from lightning_contrast.report.table import print_results

NOTHING = "No protocol was chosen, so that none measured anything: set protocols=[accuracy]."


def show(sections: Mapping[str, Section], files: Mapping[str, Path], *added: str) -> None:
    """Prints the main tables of each section, all notes and ``added`` ones, and the files."""
    tables = [table for section in sections.values() for table in main_tables(section)]
    notes = [note for section in sections.values() for note in section.findings.notes]
    silent = [] if {*sections} - {"run"} else [NOTHING]
    print_results(tables, files, [*notes, *silent, *added])


def main_tables(section: Section) -> list[ReportTable]:
    """The tables of a section that come first; the title of the section heads the first of them.

    >>> from lightning_contrast.report.findings import Findings
    >>> table = ReportTable(("", "test"), [("error", 0.5)])
    >>> main_tables(Section("Title", Findings({}, {"a": table, "b": table})))[0].columns
    ('Title', 'test')
    """
    found = section.findings
    first, *others = [*found.tables.values()][: found.main] or [ReportTable(("",), [])]
    return [first._replace(columns=(section.title, *first.columns[1:])), *others]


def written(directory: Path) -> dict[str, Path]:
    """The files of an evaluation in a directory, by their short names."""
    page = "report.html" if (directory / "report.html").exists() else "evaluation/report.html"
    names = ("result.json", page, "evaluation/metrics.json", "checkpoints/best.ckpt")
    return {name: directory / name for name in names if (directory / name).exists()}
