"""``lightning-contrast embed``: new rows as unit vectors, with their ids."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lightning_contrast.commands.entry import entry_point
from lightning_contrast.files.paths import check_input

if TYPE_CHECKING:
    from lightning_contrast.inference.compact import Precision
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
    dim: int | None = None,
    precision: "Precision" = "float32",
) -> EmbedCounts:
    """Writes the embedding of each row to ``output``, with the row's number and id.

    ``output``: ``.parquet``, ``.csv``, or ``.npy`` and a CSV with the ids beside it (see
    ``inference.vectors``). ``rows``, ``strict`` and ``first_row`` as in ``predict``; ``dim`` and
    ``precision`` (``float32``, ``int8``, ``binary``) as in ``inference.compact.Compact``. They are
    unit vectors, unless the contrast compared others (``Network.similarity``).

    Raises:
        InputError: no row can be read, or with ``strict`` one can't; the output can't be written;
            more numbers than the embedding has.
    """
    import torch

    from lightning_contrast.inference.compact import STORED, Compact
    from lightning_contrast.inference.encoded import encoded
    from lightning_contrast.inference.output import check_output
    from lightning_contrast.inference.tally import tally
    from lightning_contrast.inference.vectors import SUFFIXES, vector_file

    check_output(output, SUFFIXES)
    compact = Compact(network.projector.out_features, dim, precision, network.similarity)
    file = vector_file(Path(output), compact.columns, STORED[precision])
    with torch.inference_mode(), file as write, tally(output) as counts:
        batches = encoded(network, rows, batch_size, first_row, strict)
        for batch in counts.counted(batches, "embedding", quiet):
            write(batch.rows, compact.of(network.project(batch.features)))
    return EmbedCounts(counts.read, counts.skipped)


def run(config: Any) -> None:
    """The Hydra task."""
    check_input(config.input)
    from lightning_contrast.config.arguments import check_arguments
    from lightning_contrast.inference.loading import load_network, rows_of
    from lightning_contrast.inference.output import check_output, given
    from lightning_contrast.inference.tally import finish
    from lightning_contrast.inference.vectors import SUFFIXES

    names = ("batch_size", "strict", "first_row", "quiet", "dim", "precision")
    settings = {name: config[name] for name in names}
    check_arguments(embed, settings, partial=True)
    output = given(config.output, config.shard)
    check_output(output, SUFFIXES, source=config.input)
    limit = config.max_pixels
    network = load_network(config.checkpoint, config.trust, config.device, limit)
    counts = embed(network, rows_of(config, network.modality), output, **settings)
    finish(f"{counts.embedded} rows embedded", counts.skipped, output, config.quiet)


main = entry_point("embed", run, literal=("input", "output"))

if __name__ == "__main__":
    main()
