"""The jobs of a sweep as one table in a W&B run."""

from collections.abc import Mapping, Sequence
from typing import Any

from lightning_contrast.loggers.staging import staged_in, wandb_runs

RESULTS = ("validation/", "test/", "train/")
SHORT = ("/low", "/high")


def log_sweep(
    rows: Sequence[Mapping[str, Any]], loggers: Sequence[Any], metric: str = "validation/accuracy"
) -> None:
    """Logs the table of a sweep's results to W&B, as ``sweep/results``, and its best row.

    ``rows``: one for each job (or group of seeds); their columns may differ. The summary holds the
    number of ``jobs``, the number that is ``finished`` (they have the metric), and, under
    ``best/``, the row with the best ``metric``.
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


def columns_of(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The columns of all rows: figures last, without the bounds of their confidence intervals.

    >>> columns_of([{"job": 0, "test/accuracy": 1.0}, {"job": 1, "seed": 0}])
    ['job', 'seed', 'test/accuracy']
    """
    names = dict.fromkeys(name for row in rows for name in row if not name.endswith(SHORT))
    return sorted(names, key=lambda name: name.startswith(RESULTS))


def _cell(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | str) else str(value)
