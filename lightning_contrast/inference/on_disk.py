"""Training rows whose vectors lie in a LanceDB table: more of them than memory holds."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.inference.compact import Compact
from lightning_contrast.inference.neighbours import Index
from lightning_contrast.inference.searched import Searched, embedded, searched
from lightning_contrast.modules.fingerprint import fingerprint
from lightning_contrast.rows.exact import exact_keys

if TYPE_CHECKING:
    from lightning_contrast.data.prepare import Splits
    from lightning_contrast.modules.network import Network

TABLE = "rows"
CONTENT = b"lightning_contrast"  # under which a table's schema tells what its vectors are of
EXACT = 100_000
"""Rows up to which the search is exact."""
PROBES = 20  # of the parts into which the index cuts the rows, so many are searched
ASKED = 100  # rows that tell the recall
NEAREST = 10  # neighbours of each, of which so many are found
DISTANCES = {"cosine": "cosine", "dot": "dot", "euclidean": "l2"}


class IndexOnDisk(Index):
    """The training rows of a source in a LanceDB table, ``folder/rows.lance``; as ``Index`` else.

    A line of the table has ``place`` (0, 1, ...), ``row`` (as ``Neighbour`` has it), ``label``
    (null without one), ``kind`` and ``vector``. Up to ``EXACT`` rows all are compared. Above, the
    rows are cut into the parts of a k-means, ``sqrt(N)`` of them, and the ``PROBES`` parts nearest
    to a query are searched (IVF, Jegou et al. 2011); all rows, where those parts hold fewer than
    asked for. ``recall`` is then the share of the true ten neighbours that are found, over
    ``ASKED`` rows of the table as queries, which are no neighbours of themselves; else it is 1.

    Source: https://lancedb.github.io/lancedb.
    """

    recall = 1.0

    def __init__(self, table: Any, compact: Compact, *held: Any) -> None:
        rows, label, classes, raw, kind, matching = held
        none = np.zeros((0, compact.kept), dtype=np.float32)
        super().__init__(none, rows, label, classes, raw, kind, compact, matching)
        self.table = table

    @classmethod
    def in_folder(
        cls,
        network: "Network",
        splits: "Splits",
        folder: str | Path,
        quiet: bool = True,
        dim: int | None = None,
    ) -> "IndexOnDisk":
        """Embeds the training rows of a source, and their captions, into the table of a folder; one
        that holds them already, of the same network, is used as it is. ``dim`` as in ``Index.of``.

        Raises ``InputError`` without the extra ``lance``, and for a folder with another table.
        """
        found = searched(splits)
        rows, number, kind = found
        compact = Compact(network.projector.out_features, dim, similarity=network.similarity)
        label, classes = splits.labelled.label[rows], splits.labelled.classes
        content = blake2b(repr((fingerprint(network, "embedding"), compact.kept, classes)).encode())
        for column in (number, label, exact_keys(splits.labelled.raw, rows)):
            content.update(column.tobytes())
        lines = partial(_lines, network, splits, found, compact, quiet)
        table = _table(folder, compact.kept, lines, content.hexdigest())
        own = cls(table, compact, rows, label, classes, splits.labelled.raw, kind, network.matching)
        if len(rows) > EXACT:
            own.approximate()
        return own

    def approximate(self) -> None:
        """Makes the index of parts, and measures its recall."""
        from lancedb.index import IvfFlat

        distance: Any = DISTANCES[self.compact.similarity]
        parts = max(1, round(len(self.rows) ** 0.5))
        settings = IvfFlat(distance, num_partitions=parts, max_iterations=10, sample_rate=64)
        if not self.table.list_indices():
            self.table.create_index("vector", config=settings)
        random = np.random.default_rng(0)
        drawn = random.choice(len(self.rows), min(ASKED, len(self.rows)), replace=False)
        listed = ", ".join(map(str, drawn.tolist()))
        search = self.table.search().where(f"place in ({listed})").select(["place", "vector"])
        asked = search.limit(ASKED).to_arrow().to_pydict()
        query = torch.tensor(asked["vector"])
        near, true = (self._others(query, asked["place"], exact) for exact in (False, True))
        hits = sum(len({*one} & {*other}) for one, other in zip(near, true, strict=True))
        self.recall = hits / sum(map(len, true))

    def _others(self, query: Tensor, own: list[int], exact: bool) -> list[list[int]]:
        """The places of the nearest rows of each query, a row of the table, but for its own."""
        found = self._found(query, NEAREST + 1, None, exact)[1].tolist()
        pairs = zip(found, own, strict=True)
        return [[place for place in places if place != at][:NEAREST] for places, at in pairs]

    def _found(
        self, query: Tensor, k: int, other: str | None, exact: bool = False
    ) -> tuple[Tensor, np.ndarray]:
        asked = [self._asked(vector, k, other, exact) for vector in query.numpy()]
        distance = torch.tensor([one["_distance"] for one in asked])
        half = self.compact.similarity == "euclidean"  # its square
        return 1 - distance / (2 if half else 1), np.array([one["place"] for one in asked])

    def _asked(self, vector: np.ndarray, k: int, other: str | None, exact: bool) -> dict[str, Any]:
        search = self.table.search(vector).distance_type(DISTANCES[self.compact.similarity])
        search = search.limit(k).select(["place", "_distance"])
        search = search.bypass_vector_index() if exact else search.nprobes(PROBES)
        if other is not None:
            search = search.where(f"kind != '{other}'", prefilter=True)
        found = search.to_arrow().to_pydict()
        if not exact and len(found["place"]) < k:  # the parts hold fewer
            return self._asked(vector, k, other, exact=True)
        return found


def _table(
    folder: str | Path, width: int, lines: Callable[[], Iterator[dict[str, Any]]], content: str
) -> Any:
    """The table of a folder, made of ``lines()`` if it is not there."""
    os.environ.setdefault("LANCEDB_LOG", "error")  # it tells that a table is new
    try:
        import lancedb
        import pyarrow as pa
    except ImportError as error:
        raise missing_extra("lancedb", "lance") from error
    numbers = [(name, pa.int64()) for name in ("place", "row")]
    words = [(name, pa.string()) for name in ("label", "kind")]
    if not str(folder) or "://" in str(folder):
        raise InputError(f"index must be a folder of this machine, got {str(folder)!r}")
    database = lancedb.connect(folder)
    if (Path(folder) / f"{TABLE}.lance").exists():
        try:
            found = database.open_table(TABLE)
            found.head(1)
        except (ValueError, RuntimeError, OSError) as error:
            raise InputError(
                f"index={folder} holds {TABLE}.lance, which can't be read: give a new folder, or "
                f"delete {folder}/{TABLE}.lance"
            ) from error
        if (found.schema.metadata or {}).get(CONTENT) == content.encode():
            return found
        raise InputError(
            f"index={folder} holds a table {TABLE} of another network, of other rows or of another "
            f"program: give a new folder, or delete {folder}/{TABLE}.lance"
        )
    vector = ("vector", pa.list_(pa.float32(), width))
    schema = pa.schema([*numbers, *words, vector], {CONTENT: content})
    parts = (pa.RecordBatch.from_pydict(columns, schema) for columns in lines())
    return database.create_table(TABLE, data=parts, schema=schema)


def _lines(
    network: "Network",
    splits: "Splits",
    found: Searched,
    compact: Compact,
    quiet: bool,
) -> Iterator[dict[str, Any]]:
    """The columns of some lines at a time."""
    rows, number, kind = found
    names = [*splits.labelled.classes, None]
    for start, vectors in embedded(network, splits, rows, quiet):
        here = rows[start : start + len(vectors)]
        yield {
            "place": np.arange(start, start + len(here)),
            "row": number[start : start + len(here)],
            "label": [names[label] for label in splits.labelled.label[here]],
            "kind": [None] * len(here)
            if kind is None
            else kind[start : start + len(here)].tolist(),
            "vector": list(compact.of(vectors)),
        }
