"""What the classifier costs: size, operations, time, memory, energy."""

from collections.abc import Sequence

import torch

from lightning_contrast.config.ranges import Count, NotNegative
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.cost import size, speed
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.protocols.protocol import OF_ROWS, EvaluationProtocol
from lightning_contrast.report.findings import Cell, Findings, ReportTable

MODEL = {
    "parameters": "parameters",
    "trainable_parameters": "parameters that learn",
    "parameter_bytes": "bytes of the parameters",
    "flops": "operations a row",
    "checkpoint_bytes": "bytes of the checkpoint",
    "train_seconds": "seconds of training",
    "train_samples_per_second": "rows a second in training",
}
SPEED = {
    "latency_p50_ms": "latency p50, ms",
    "latency_p95_ms": "latency p95, ms",
    "samples_per_second": "rows a second",
    "training_samples_per_second": "rows a second, forward and backward",
    "peak_memory_bytes": "peak memory, bytes",
    "joules_per_sample": "joules a row",
}
MISSING = {
    "joules_per_sample": "Energy: this machine offers no counter that may be read (RAPL).",
    "peak_memory_bytes": "Peak memory: this system does not tell it.",
    "training_samples_per_second": "Training speed: nothing of this classifier learns by gradient.",
    "train_seconds": "Training time: no result.json of the run lies beside the checkpoint.",
}


class Efficiency(EvaluationProtocol):
    """Parameters, operations, time, memory and energy of a classifier.

    Latency is that of ``predict``: from raw rows, through tokenizer or resizing, to probabilities.

    Args:
        batch_sizes: how many rows are given at a time.
        seconds: about how long each timing takes.

    Figures: ``efficiency/parameters``, ``trainable_parameters``, ``parameter_bytes``, ``flops`` (of
    one row through encoder and head: matrix products and convolutions, a multiply-add counted as
    two), ``checkpoint_bytes`` (which may hold the optimizer's state too); ``train_seconds`` and
    ``train_samples_per_second`` (anchors, on each rank) of the run's training, its validation
    included; and for each batch size ``efficiency/batch_B/latency_p50_ms``, ``latency_p95_ms``,
    ``samples_per_second``, ``training_samples_per_second`` (forward and backward through encoder,
    projector and head,
    without the contrast), ``peak_memory_bytes`` and ``joules_per_sample``. What the machine does
    not tell is left out, and a note says so. A reference is measured, too, and stands beside it in
    the tables.

    Raises:
        InputError: no batch size, one below 1, or negative seconds.
    """

    title = "Efficiency"
    judges = OF_ROWS

    def __init__(self, batch_sizes: Sequence[Count] = (1, 256), seconds: NotNegative = 1.0) -> None:
        if not batch_sizes:
            raise InputError(
                "protocols.efficiency needs a batch size, got []: set "
                "protocols.efficiency.batch_sizes=[1,256]"
            )
        self.batch_sizes, self.seconds = batch_sizes, seconds

    def __call__(self, subject: Subject) -> Findings:
        reference = subject.reference
        names, sizes = ["", ""], [size(subject)]
        if reference is not None:
            names, sizes = ["", "this one", "reference"], [*sizes, size(reference)]
        model = sizes[0]
        figures = {f"efficiency/{name}": value for name, value in model.items()}
        lines: list[Sequence[Cell]] = [
            (words, *(each.get(name) for each in sizes))
            for name, words in MODEL.items()
            if any(name in each for each in sizes)
        ]
        caption = "Operations: of matrix products and convolutions, a multiply-add is two."
        tables = {"model": ReportTable(names, lines, caption)}
        told = {"train_seconds"} & set(model)
        if len(subject.all_test.label):
            found = {str(batch): speed(subject, batch, self.seconds) for batch in self.batch_sizes}
            for batch, values in found.items():
                figures |= {f"efficiency/batch_{batch}/{name}": v for name, v in values.items()}
                told |= set(values)
            if reference is not None:
                found |= {
                    f"{batch}, reference": speed(reference, batch, self.seconds)
                    for batch in self.batch_sizes
                }
            lines = [
                (words, *(values.get(name) for values in found.values()))
                for name, words in SPEED.items()
                if name in told
            ]
            threads = torch.get_num_threads()
            where = (
                f"{subject.network.device.type}, {threads} processor thread{'s' * (threads > 1)}"
            )
            caption = f"From raw rows to probabilities; {where}."
            tables["speed"] = ReportTable(("rows at a time", *found), lines, caption)
            notes = [note for name, note in MISSING.items() if name not in told]
        else:
            notes = ["Efficiency: there is no test row to time."]
        return Findings(figures, tables, notes=notes, main=2)
