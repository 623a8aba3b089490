"""``lightning-contrast search``: the training rows nearest to a row, with their labels."""

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from lightning_contrast.commands.entry import entry_point
from lightning_contrast.errors import InputError
from lightning_contrast.files.paths import check_input

if TYPE_CHECKING:
    from lightning_contrast.files.row import Row
    from lightning_contrast.inference.found import SearchResult
    from lightning_contrast.inference.neighbours import Index
    from lightning_contrast.inference.tally import Tally
    from lightning_contrast.modules.network import Network


def search(
    network: "Network",
    index: "Index",
    rows: Iterable[Any],
    k: int = 5,
    batch_size: int = 256,
    strict: bool = False,
    first_row: int = 1,
    quiet: bool = True,
    counts: "Tally | None" = None,
) -> "Iterator[SearchResult]":
    """The prediction of each row and its ``k`` nearest rows of ``index``, a batch at a time.

    A network of pictures and texts finds texts for a picture, and pictures for a text. ``index``:
    ``Index.of(network, splits)``, the training rows. ``rows``, ``strict`` and ``first_row`` as in
    ``predict``.

    Raises:
        InputError: with ``strict``, a row can't be read; ``k`` is below 1.
    """
    import torch

    from lightning_contrast.inference.encoded import encoded
    from lightning_contrast.inference.found import SearchResult
    from lightning_contrast.inference.tally import Tally
    from lightning_contrast.modalities import modality_of

    counts = Tally() if counts is None else counts
    modality = modality_of(network.modality)
    batches = encoded(network, rows, batch_size, first_row, strict)
    for batch in counts.counted(batches, "searching", quiet):
        with torch.inference_mode():
            answers = network.decide(batch.features)
            kinds = modality.kinds([row.raw for row in batch.rows])
            near = index.nearest(network.project(batch.features), k, kinds)
        for row, answer, neighbours in zip(batch.rows, answers, near, strict=True):
            yield SearchResult(row, answer, neighbours)


def run(config: Any) -> None:
    """The Hydra task."""
    if (config.query is None) == (config.input is None):
        raise InputError("search needs query=TEXT_OR_IMAGE, or input=FILE with many: give one")
    check_input(config.input)
    from omegaconf import OmegaConf

    from lightning_contrast.config.arguments import check_arguments
    from lightning_contrast.config.trusted import prefixes
    from lightning_contrast.inference.found import as_json, print_found
    from lightning_contrast.inference.loading import load_network, rows_of
    from lightning_contrast.inference.neighbours import Index
    from lightning_contrast.inference.output import STDOUT, check_output, given, whole_file
    from lightning_contrast.inference.run_rows import of_task, run_rows
    from lightning_contrast.inference.tally import finish, tally

    names = ("k", "batch_size", "strict", "first_row", "quiet")
    settings = {name: config[name] for name in names}
    check_arguments(search, settings, partial=True)
    output = None if config.output is None else given(config.output)
    if output is not None:
        check_output(output, (".jsonl", ".ndjson"), stdout=True, source=config.input)
    limit = config.max_pixels
    network = load_network(config.checkpoint, config.trust, config.device, limit)
    one = None if config.query is None else _query(str(config.query), network.modality)
    rows = rows_of(config, network.modality) if one is None else [_readable(network, one)]
    source: Any = config.get("source")
    source = None if source is None else OmegaConf.to_container(source, resolve=True)
    splits = run_rows(network, source, prefixes(config.trust))
    if config.task is not None:
        network, splits = of_task(network, splits, str(config.task))
    stored = {name: config[name] for name in ("dim", "precision", "rescore")}
    check_arguments(Index.of, stored, partial=True)
    if config.index is None:
        index = Index.of(network, splits, config.quiet, **stored)
    else:
        index = _on_disk(network, splits, config)
    if output is None:
        with tally(STDOUT) as counts:
            for found in search(network, index, rows, **settings, counts=counts):
                print_found(found)
    else:
        with whole_file(output) as file, tally(output) as counts:
            for found in search(network, index, rows, **settings, counts=counts):
                file.write(as_json(found))
    quiet = config.quiet or output is None
    finish(f"{counts.read} rows searched", counts.skipped, output or STDOUT, quiet)


def _on_disk(network: "Network", splits: Any, config: Any) -> "Index":
    from lightning_contrast.inference.on_disk import ASKED, IndexOnDisk

    if config.precision != "float32" or config.rescore is not None:
        raise InputError(
            f"index={config.index} keeps vectors in float32 on the disk: set precision=float32 and "
            "rescore=null, or index=null"
        )
    index = IndexOnDisk.in_folder(network, splits, config.index, config.quiet, config.dim)
    if index.recall < 1:
        print(
            f"{len(index.rows)} rows are searched approximately: {index.recall:.1%} of the ten "
            f"nearest are found, measured on {ASKED} rows",
            file=sys.stderr,
        )
    return index


def _query(text: str, modality: str) -> "Row":
    from lightning_contrast.files.paths import existing
    from lightning_contrast.files.row import Row
    from lightning_contrast.modalities import modality_of

    if (path := modality_of(modality).id_of(text)) is None:
        return Row(1, text)
    return Row(1, existing(path, "query"), id=path)


def _readable(network: "Network", query: "Row") -> "Row":
    """The query; raises ``InputError`` for one that the network can't read."""
    from lightning_contrast.inference.encoded import readable

    for problem in readable(network, [query])[2]:
        raise InputError(f"query: {problem.removeprefix('row 1: ').replace('row 1 is', 'it is')}")
    return query


main = entry_point("search", run, literal=("query", "input", "output"))

if __name__ == "__main__":
    main()
