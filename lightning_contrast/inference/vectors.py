"""Writes vectors to ``.npy``, Parquet or CSV as they come; their number need not be known."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from lightning_contrast.errors import missing_extra
from lightning_contrast.files.row import Row
from lightning_contrast.inference.output import whole_file
from lightning_contrast.runtime.csv_cells import CsvWriter

SUFFIXES = (".npy", ".parquet", ".csv")
ROW_GROUP = 4096
FLOAT = np.dtype("<f4")
Write = Callable[[list[Row], np.ndarray], None]


def vector_file(path: Path, width: int, kind: np.dtype = FLOAT) -> AbstractContextManager[Write]:
    """Gives ``write(rows, vectors (n, width))``; the suffix of ``path`` chooses the kind of file.

    ``.parquet``: columns ``row``, ``id``, ``embedding``. ``.npy``: ``(rows, width)``, with
    ``row`` and ``id`` in the file ``ids_beside(path)``. ``.csv``: ``row``, ``id``, and a column
    ``0``, ``1``, ... for each dimension, with enough digits for float32. After an interrupt the
    files with ``.partial`` behind their names are readable. ``kind``: of the numbers.
    """
    writers = {".npy": _npy, ".parquet": _parquet, ".csv": _csv}
    return writers[path.suffix.lower()](path, width, kind)


def ids_beside(path: Path) -> Path:
    """The path of the file with the ids of the rows of a ``.npy``.

    >>> ids_beside(Path("vectors.npy")).name
    'vectors.ids.csv'
    """
    return path.with_suffix(".ids.csv")


def name_of(row: Row) -> str:
    """The id of a row: its own, or its number.

    >>> name_of(Row(7, "a text")), name_of(Row(7, "a text", id="x7"))
    ('7', 'x7')
    """
    return str(row.number if row.id is None else row.id)


@contextmanager
def _npy(path: Path, width: int, kind: np.dtype) -> Iterator[Write]:
    count = 0
    with whole_file(path, "wb") as file, whole_file(ids_beside(path)) as ids:
        names = CsvWriter(ids)
        names.row(("row", "id"))
        _header(file, 0, width, kind)

        def write(rows: list[Row], vectors: np.ndarray) -> None:
            nonlocal count
            file.write(np.ascontiguousarray(vectors, dtype=kind).tobytes())
            for row in rows:
                names.row((row.number, name_of(row)))
            count += len(rows)

        try:
            yield write
        finally:
            file.seek(0)
            _header(file, count, width, kind)


def _header(file: IO[bytes], rows: int, width: int, kind: np.dtype) -> None:
    # NumPy leaves room in the header for a larger number of rows.
    shape = {"descr": kind.str, "fortran_order": False, "shape": (rows, width)}
    np.lib.format.write_array_header_1_0(file, shape)


@contextmanager
def _csv(path: Path, width: int, kind: np.dtype) -> Iterator[Write]:
    with whole_file(path) as file:
        table = CsvWriter(file)
        table.row(("row", "id", *range(width)))

        def write(rows: list[Row], vectors: np.ndarray) -> None:
            for row, vector in zip(rows, np.asarray(vectors, dtype=kind), strict=True):
                table.row((row.number, name_of(row), *vector))
            file.flush()

        yield write


@contextmanager
def _parquet(path: Path, width: int, kind: np.dtype) -> Iterator[Write]:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise missing_extra("pyarrow", "table") from error
    fields: Any = [
        ("row", pa.int64()),
        ("id", pa.string()),
        ("embedding", pa.list_(pa.from_numpy_dtype(kind), width)),
    ]
    schema = pa.schema(fields)
    waiting: list[tuple[list[Row], np.ndarray]] = []

    with whole_file(path, "wb") as file, pq.ParquetWriter(file, schema) as table:

        def flush() -> None:
            rows = [row for part, _ in waiting for row in part]
            flat = pa.array(np.concatenate([vectors.ravel() for _, vectors in waiting]))
            columns = [
                pa.array([row.number for row in rows], pa.int64()),
                pa.array([name_of(row) for row in rows], pa.string()),
                pa.FixedSizeListArray.from_arrays(flat, width),
            ]
            table.write_batch(pa.record_batch(columns, schema=schema))
            waiting.clear()

        def write(rows: list[Row], vectors: np.ndarray) -> None:
            waiting.append((rows, np.asarray(vectors, dtype=kind)))
            if sum(len(part) for part, _ in waiting) >= ROW_GROUP:
                flush()

        try:
            yield write
        finally:
            if waiting:
                flush()
