"""``lightning-contrast embed``: new rows as unit vectors, with their ids."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lightning_contrast.commands.entry import entry_point
from lightning_contrast.files.paths import check_input

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network


class EmbedCounts(NamedTuple):
    """Numbers of rows that were embedded, and of bad rows that were skipped."""

    embedded: int
    skipped: int


def embed(
    network: "Network",
    rows: Iterable[Any],
    output: str | Path,
    batch_size: int = 256,
    strict: bool = False,
    first_row: int = 1,
    quiet: bool = True,
) -> EmbedCounts:
    """Writes the unit embedding of each row to ``output``, with the row's number and id.

    ``output``: ``.parquet``, ``.csv``, or ``.npy`` and a CSV with the ids beside it (see
    ``inference.vectors``). ``rows``, ``strict`` and ``first_row`` as in ``predict``.

    Raises:
        InputError: no row can be read, or with ``strict`` one can't; the output can't be written.
    """
    import torch

    from lightning_contrast.inference.encoded import encoded
    from lightning_contrast.inference.output import check_output
    from lightning_contrast.inference.tally import tally
    from lightning_contrast.inference.vectors import SUFFIXES, vector_file

    check_output(output, SUFFIXES)
    file = vector_file(Path(output), network.projector.out_features)
    with torch.inference_mode(), file as write, tally(output) as counts:
        batches = encoded(network, rows, batch_size, first_row, strict)
        for batch in counts.counted(batches, "embedding", quiet):
            write(batch.rows, network.project(batch.features).float().cpu().numpy())
    return EmbedCounts(counts.read, counts.skipped)


def run(config: Any) -> None:
    """The Hydra task."""
    check_input(config.input)
    from lightning_contrast.config.arguments import check_arguments
    from lightning_contrast.inference.loading import load_network, rows_of
    from lightning_contrast.inference.output import check_output, given
    from lightning_contrast.inference.tally import finish
    from lightning_contrast.inference.vectors import SUFFIXES

    settings = {name: config[name] for name in ("batch_size", "strict", "first_row", "quiet")}
    check_arguments(embed, settings, partial=True)
    output = given(config.output)
    check_output(output, SUFFIXES)
    limit = config.max_pixels
    network = load_network(config.checkpoint, config.trust, config.device, limit)
    counts = embed(network, rows_of(config, network.modality), output, **settings)
    finish(f"{counts.embedded} rows embedded", counts.skipped, output, config.quiet)


main = entry_point("embed", run, literal=("input", "output"))

if __name__ == "__main__":
    main()
