"""``lightning-contrast predict``: labels of new rows, as JSON lines or CSV."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lightning_contrast.commands.entry import entry_point
from lightning_contrast.config.resolved import resolved
from lightning_contrast.errors import InputError
from lightning_contrast.files.paths import check_input

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network

UNTRAINED = (
    "warning: the {} classes that the network was trained with are left out. Rows get the class "
    "whose name lies nearest, which networks of pictures and texts are trained for; leave out "
    "classes=... to ask for those that it knows"
)


class PredictCounts(NamedTuple):
    """Numbers of rows with a label, of rows below ``abstain_below``, and of bad rows skipped."""

    labelled: int
    abstained: int
    skipped: int


def predict(
    network: "Network",
    rows: Iterable[Any],
    output: str | Path,
    batch_size: int = 256,
    abstain_below: float | None = None,
    strict: bool = False,
    first_row: int = 1,
    quiet: bool = True,
    coco: str | Path | None = None,
) -> PredictCounts:
    """Writes row, input, label and probabilities of each row to ``output``.

    A network with a tagger writes ``spans`` in place of label and probabilities: of JSON lines a
    list for each row, of a table a line for each span; ``abstain_below`` then leaves out the spans
    that are less probable. A detector writes ``boxes`` in the same way, or to a ``.json`` file what
    pycocotools loads as results; ``coco`` then names a file in the form of COCO, which gives the
    numbers of images, by their file names, and of categories, by their names.

    ``rows``: any iterable, read a batch at a time (see ``inference.unlabelled``). ``output``: a
    ``.jsonl``, ``.csv`` or ``.tsv`` file, written atomically, or ``-`` for standard output.
    ``abstain_below``: a row whose best probability is lower gets no label. A bad row is skipped
    with a line on standard error; with ``strict`` it is an error. ``first_row``: rows before it are
    left out. After Ctrl-C the labels so far are in a file with ``.partial`` behind its name.

    Raises:
        InputError: no row can be read, or with ``strict`` one can't; the output can't be written.
    """
    import torch

    from lightning_contrast.inference.box_lines import BoxLines
    from lightning_contrast.inference.encoded import encoded
    from lightning_contrast.inference.label_lines import LabelLines
    from lightning_contrast.inference.lines import Lines
    from lightning_contrast.inference.marked_lines import MarkedLines
    from lightning_contrast.inference.output import check_output, whole_file
    from lightning_contrast.inference.tally import tally
    from lightning_contrast.modules.prediction import NO_CLASSES, check_abstain_below
    from lightning_contrast.types import Answer

    check_abstain_below(abstain_below)
    head, suffix = network.head, Path(output).suffix.lower()
    if not head.answer.of_classes:
        raise InputError(NO_CLASSES)
    kinds: dict[Answer, type[Lines]] = {Answer.BOXES: BoxLines, Answer.SPANS: MarkedLines}
    kind = kinds.get(head.answer, LabelLines)
    check_output(output, kind.suffixes, stdout=True)
    asked: dict[str, Any] = {"coco": coco} if kind is BoxLines else {}
    lines = kind(network, suffix, abstain_below, **asked)
    with torch.inference_mode(), whole_file(output) as file, tally(output) as counts:
        batches = encoded(network, rows, batch_size, first_row, strict, of_places=kind.of_places)
        for batch in counts.counted(batches, "predicting", quiet):
            # One write for all lines: after an interrupt the file ends with a complete line.
            file.write(lines.text(batch.rows, batch.features))
            file.flush()
        file.write(lines.end())
    return PredictCounts(counts.read - lines.unsure, lines.unsure, counts.skipped)


def run(config: Any) -> None:
    """The Hydra task."""
    check_input(config.input)
    from lightning_contrast.config.arguments import check_arguments
    from lightning_contrast.inference.box_lines import RESULTS
    from lightning_contrast.inference.lines import SUFFIXES
    from lightning_contrast.inference.loading import load_network, rows_of
    from lightning_contrast.inference.output import check_output, given
    from lightning_contrast.inference.tally import finish

    names = ("batch_size", "abstain_below", "strict", "first_row", "quiet", "coco")
    settings = {name: config[name] for name in names}
    check_arguments(predict, settings, partial=True)
    output = given(config.output, config.shard)
    check_output(output, (*SUFFIXES, RESULTS), stdout=True, source=config.input)
    limit = config.max_pixels
    network = load_network(config.checkpoint, config.trust, config.device, limit)
    if config.classes is not None:
        if network.head.answer.of_classes:
            print(UNTRAINED.format(len(network.classes)), file=sys.stderr)
        network = network.prompted([str(n) for n in config.classes], list(config.templates))
    if config.task is not None:
        network = network.of_task(str(config.task))
    counts = predict(network, rows_of(config, network.modality), output, **settings)
    if config.logger:
        _log(config, output, counts)
    unsure = f", {counts.abstained} below {config.abstain_below:g}" if counts.abstained else ""
    finish(f"{counts.labelled} rows labelled{unsure}", counts.skipped, output, config.quiet)


def _log(config: Any, output: Path, counts: PredictCounts) -> None:
    from hydra.core.hydra_config import HydraConfig

    from lightning_contrast.build.parts import build_loggers
    from lightning_contrast.loggers.artifacts import log_predictions
    from lightning_contrast.loggers.make import logging_to
    from lightning_contrast.loggers.names import name_run

    plain = resolved(config)
    name_run(plain, HydraConfig.get())
    loggers = build_loggers(plain, output.parent)  # for a pipe (-): the working directory
    with logging_to(loggers, plain):
        log_predictions(loggers, Path(config.checkpoint), output, counts._asdict())


main = entry_point("predict", run, literal=("input", "output"))

if __name__ == "__main__":
    main()
