"""Rows of a Parquet file."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.files.columns import Cells, places


def parquet_rows(path: Path, wanted: Mapping[str, str], batch: int = 256) -> Iterator[Cells]:
    """The wanted cells of each row, ``batch`` rows in memory at a time.

    Raises ``InputError`` for a file that is none.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise missing_extra("pyarrow", "table") from error
    try:
        with pq.ParquetFile(path, buffer_size=1 << 20) as file:
            places(file.schema_arrow.names, wanted, path.name)
            columns = list(dict.fromkeys(wanted.values()))
            for part in file.iter_batches(batch, columns=columns):
                lists = [part.column(column).to_pylist() for column in wanted.values()]
                for cells in zip(*lists, strict=True):
                    yield dict(zip(wanted, cells, strict=True)), ""
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{path.name} is not a Parquet file that can be read ({error}): write it again"
        ) from error
