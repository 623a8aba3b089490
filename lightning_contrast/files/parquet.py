"""Rows of a Parquet file."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.files.columns import Cells, inner, outermost, places


def parquet_rows(path: Path, wanted: Mapping[str, str], batch: int = 256) -> Iterator[Cells]:
    """The wanted cells of each row, ``batch`` rows in memory at a time.

    Raises ``InputError`` for a file that is not a Parquet file.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise missing_extra("pyarrow", "table") from error
    try:
        with pq.ParquetFile(path, buffer_size=1 << 20) as file:
            names = file.schema_arrow.names
            places(names, wanted, path.name)
            outer = {column: outermost(column, names) for column in wanted.values()}
            for part in file.iter_batches(batch, columns=list({*outer.values()})):
                for row in part.to_pylist():
                    yield {a: inner(row[outer[c]], c, outer[c]) for a, c in wanted.items()}, ""
    except (pa.ArrowInvalid, OSError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path.name} is not a Parquet file that can be read ({reason}): write it again"
        ) from error
