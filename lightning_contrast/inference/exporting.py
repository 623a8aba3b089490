"""Writes a portable module as files for other programs, each compared with the module."""

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.errors import InputError, missing_extra
from lightning_contrast.inference.portable import OUTPUTS, portable
from lightning_contrast.inference.preprocessing import preprocessing_files

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network

TOLERANCE = 1e-5
NOISY = ("torch.onnx", "torch._export", "torch.export", "onnxscript", "onnx_ir")


def write_graphs(network: "Network", folder: Path, formats: Sequence[str]) -> dict[str, float]:
    """Writes a network in these formats, ``pt2`` and ``onnx``, with what tells how inputs are made;
    returns the largest difference of each file from the network, none for no format."""
    if not formats:
        return {}
    module = portable(network)
    program = traced(module)
    writers = {"pt2": write_pt2, "onnx": write_onnx}
    for name, text in preprocessing_files(network).items():
        Path(folder, name).write_text(text, encoding="utf-8")
    return {
        f"model.{kind}": writers[kind](program, module, Path(folder, f"model.{kind}"))
        for kind in formats
    }


def traced(module: Any) -> torch.export.ExportedProgram:
    """The module as a graph for any number of rows and tokens.

    Raises ``InputError`` if torch.export can't trace it.
    """
    example = module.examples()[-1]
    free = dict.fromkeys(range(2 if len(example) > 1 else 1), torch.export.Dim.DYNAMIC)
    with hushed(), torch.no_grad():
        try:
            return torch.export.export(module, example, dynamic_shapes=tuple(free for _ in example))
        except Exception as error:  # a tracer raises many kinds
            raise InputError(
                f"{type(module.network.encoder).__name__} can't be exported, as torch.export can't "
                f"trace it: {_first_line(error)}"
            ) from error


def write_pt2(program: torch.export.ExportedProgram, module: Any, path: Path) -> float:
    """Saves a file for ``torch.export.load``; returns its largest difference from the module."""
    with hushed():
        torch.export.save(program, path)
        loaded = torch.export.load(path).module()
        return difference(
            module, lambda inputs: [t.detach().numpy() for t in loaded(*inputs)], path.name
        )


def write_onnx(program: torch.export.ExportedProgram, module: Any, path: Path) -> float:
    """Saves ONNX; returns its largest difference from the module, when onnxruntime runs it.

    Raises ``InputError`` if the extra ``export`` is not installed, or ONNX lacks an operation.
    """
    try:
        import onnxruntime
        import onnxscript  # noqa: F401  # torch.onnx needs it
    except ImportError as error:
        raise missing_extra(str(error.name), "export") from error
    with hushed():
        try:
            names = list(module.inputs)
            found = torch.onnx.export(program, dynamo=True, verbose=False, input_names=names)
        except torch.onnx.errors.OnnxExporterError as error:
            raise InputError(
                f"{type(module.network.encoder).__name__} can't be written as ONNX: "
                f"{_first_line(error)}; formats=[pt2] leaves it out"
            ) from error
        assert found is not None
        name_outputs(found.model.graph, module.names)
        found.save(path)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])

    def run(inputs: tuple[Tensor, ...]) -> list[np.ndarray]:
        arrays = (tensor.numpy() for tensor in inputs)
        return session.run(list(module.names), dict(zip(module.inputs, arrays, strict=True)))

    return difference(module, run, path.name)


def name_outputs(graph: Any, names: Sequence[str] = OUTPUTS) -> None:
    """Names the outputs of an ONNX graph; inner values of the same names get others."""
    for node in graph:
        for value in node.outputs:
            if value.name in names:
                value.name = f"{value.name}_inside"
    for value, name in zip(graph.outputs, names, strict=True):
        value.name = name


def difference(
    module: Any, run: Callable[[tuple[Tensor, ...]], list[np.ndarray]], name: str
) -> float:
    """The largest difference between the outputs of ``run`` and of the module, on its examples.

    It is relative to the largest output if that is above 1. Raises ``InputError`` for a difference
    above 1e-5.
    """
    largest = 0.0
    for inputs in module.examples():
        with torch.no_grad():
            expected = [tensor.numpy() for tensor in module(*inputs)]
        for ours, theirs in zip(expected, run(inputs), strict=True):
            same = ours == theirs  # also for infinities
            size = max(1.0, float(np.abs(ours[np.isfinite(ours)]).max(initial=0)))
            gap = np.abs(np.subtract(ours, theirs, where=~same, out=np.zeros_like(ours))).max(
                initial=0
            )
            largest = max(largest, float(gap) / size)
    if not largest <= TOLERANCE:
        raise InputError(
            f"{name} differs from the classifier by {largest:.1g}, but at most {TOLERANCE:g} is "
            "allowed: leave this format out with formats=[...]"
        )
    return largest


@contextmanager
def hushed() -> Iterator[None]:
    """Mutes the exporters' warnings, and turns off an attention path that they can't trace."""
    levels = {name: logging.getLogger(name).level for name in NOISY}
    fast = torch.backends.mha.get_fastpath_enabled()
    try:
        for name in NOISY:
            logging.getLogger(name).setLevel(logging.ERROR)
        torch.backends.mha.set_fastpath_enabled(False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fast)
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
