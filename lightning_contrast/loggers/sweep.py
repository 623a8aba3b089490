"""The jobs of a sweep as one table, and the W&B run that shows it."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from lightning_contrast.loggers.names import settled, varied
from lightning_contrast.loggers.staging import staged_in, wandb_runs

Row = Mapping[str, Any]
RESULTS = ("validation/", "test/", "train/")
SHORT = ("/low", "/high")


def read_jobs(sweep: Path) -> list[dict[str, Any]]:
    """A row for each job in a sweep's folder: its name, what it varies, its final figures.

    A job without a ``result.json`` (it failed, or still runs) has no figures.
    """
    rows = []
    for folder in sorted(sweep.glob("*/.hydra/overrides.yaml"), key=_number):
        job = folder.parent.parent
        overrides = yaml.safe_load(folder.read_text(encoding="utf-8")) or []
        row: dict[str, Any] = {"job": job.name}
        row |= dict(filter(None, map(settled, varied(overrides, sweep))))
        if (job / "result.json").is_file():
            result = json.loads((job / "result.json").read_text(encoding="utf-8"))
            row |= {k: v for k, v in result.items() if k.startswith(RESULTS)}
        rows.append(row)
    return rows


def log_sweep(
    rows: Sequence[Row], loggers: Sequence[Any], metric: str = "validation/accuracy"
) -> None:
    """Gives a W&B run the table of a sweep's results, as ``sweep/results``, and its best row.

    ``rows``: one a job (or a group of seeds), flat; columns may differ. The summary holds the
    number of ``jobs``, of those that are ``finished`` (they have the metric), and the row that is
    best on ``metric`` under ``best/``.
    """
    if not rows:
        return
    import wandb

    columns = columns_of(rows)
    finished = [row for row in rows if isinstance(row.get(metric), int | float)]
    best = max(finished, key=lambda row: row[metric], default={})
    for logger, run in wandb_runs(loggers):
        with staged_in(logger):
            table = wandb.Table(columns=[*columns], allow_mixed_types=True)
            for row in rows:
                table.add_data(*(_cell(row.get(column)) for column in columns))
            run.log({"sweep/results": table})
            run.summary.update({"jobs": len(rows), "finished": len(finished)})
            run.summary.update({f"best/{k}": _cell(v) for k, v in best.items()})


def columns_of(rows: Sequence[Row]) -> list[str]:
    """The columns of all rows, figures last and without the ends of their intervals.

    >>> columns_of([{"job": 0, "test/accuracy": 1.0}, {"job": 1, "seed": 0}])
    ['job', 'seed', 'test/accuracy']
    """
    names = dict.fromkeys(name for row in rows for name in row if not name.endswith(SHORT))
    return sorted(names, key=lambda name: name.startswith(RESULTS))


def _number(path: Path) -> tuple[int, str]:
    name = path.parent.parent.name
    first = name.partition("_")[0]
    return (int(first) if first.isdigit() else 0, name)


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | str) else str(value)
