"""Encodes any number of rows, a batch at a time."""

import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from lightning_contrast.data.unseen import told_unknown
from lightning_contrast.errors import InputError
from lightning_contrast.files.row import Row
from lightning_contrast.types import Inputs

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network


class Encoded(NamedTuple):
    """A batch: the rows that could be read, with their ``features (n, f)``, of places where asked
    for ``(n, t, f)``; what is wrong with the ``bad`` ones; and the number of the last row of the
    batch, good or bad."""

    rows: list[Row]
    features: Tensor
    bad: list[str]
    last: int


def encoded(
    network: "Network",
    rows: Iterable[Any],
    batch_size: int = 256,
    first_row: int = 1,
    strict: bool = False,
    tell: Callable[[str], object] = lambda line: print(line, file=sys.stderr),
    of_places: bool = False,
) -> Iterator[Encoded]:
    """The rows (each a ``Row``, or its ``raw`` input) in batches, from number ``first_row`` on.

    ``tell`` gets a line for each bad row; bad rows are skipped. The caller turns off gradients.

    Raises:
        InputError: ``batch_size`` or ``first_row`` is below 1; with ``strict``, a row is bad.
    """
    for name, value in (("batch_size", batch_size), ("first_row", first_row)):
        if value < 1:
            raise InputError(f"{name} must be at least 1, got {value}: set {name}=1 or more")
    numbered = (
        row if isinstance(row, Row) else Row(number, row)
        for number, row in enumerate(rows, start=1)
    )
    wanted = (row for row in numbered if row.number >= first_row)
    strange = [0, 0, 0, 0]
    while batch := list(islice(wanted, batch_size)):
        kept, inputs, bad = readable(network, batch)
        if bad and strict:
            raise InputError(f"{bad[0]}: mend it, or set strict=false to leave such rows out")
        for line in bad:
            tell(line)
        if inputs is not None:
            strange = [
                a + b for a, b in zip(strange, network.preprocess.unknown(inputs), strict=True)
            ]
        none = torch.zeros(0, network.encoder.out_features, device=network.device)
        encode = network.encode_as_trained if of_places else network.encode
        features = none if inputs is None else encode(inputs)
        yield Encoded(kept, features, bad, batch[-1].number)
    if line := told_unknown(*strange):
        tell(line)


def readable(network: "Network", batch: list[Row]) -> tuple[list[Row], Inputs | None, list[str]]:
    """The rows of a batch that can be read, their inputs, and a line for each of the others."""
    bad = {row.number: row.problem for row in batch if row.problem}
    for row in batch:
        if row.number not in bad and (problem := _problem(network.preprocess.refuse, row)):
            bad[row.number] = problem
    kept = [row for row in batch if row.number not in bad]
    try:
        inputs = network.preprocess.batch([row.raw for row in kept]) if kept else None
    except InputError:  # reads the rows one at a time, to find the bad ones
        for row in kept:
            try:
                network.preprocess.batch([row.raw])
            except InputError as error:
                told = str(error).replace("source.", "")  # here the key is one of the command
                bad[row.number] = f"row {row.number}: {told}"
        kept = [row for row in kept if row.number not in bad]
        inputs = network.preprocess.batch([row.raw for row in kept]) if kept else None
    return kept, inputs, [bad[number] for number in sorted(bad)]


def _problem(check: Callable[[list, int], None], row: Row) -> str:
    try:
        check([row.raw], row.number)
    except InputError as error:
        return str(error)
    return ""
