"""``lightning-contrast export``: writes a classifier for other programs: torch.export and ONNX."""

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from lightning_contrast.commands.entry import entry_point
from lightning_contrast.errors import InputError

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network

FORMATS = ("pt2", "onnx")


class Exported(NamedTuple):
    """The files, and by model the largest difference of its outputs from the classifier's."""

    files: list[Path]
    difference: dict[str, float]


def export(network: "Network", output: str | Path, formats: Sequence[str] = FORMATS) -> Exported:
    """Writes ``model.pt2`` and ``model.onnx``, ``preprocessing.json`` and, for texts,
    ``tokenizer.json`` to the folder ``output``, which is made.

    For a network of several modalities ``output`` holds such a folder for each.

    The models take any number of rows (and of tokens) and give ``probabilities``, ``embedding`` and
    ``logits`` (see ``inference.portable``). Each model is compared with the classifier on the CPU,
    and must agree to 1e-5.

    Raises:
        InputError: a format is unknown, the encoder can't be exported, the folder can't be
            written, or an extra is missing.
    """
    from lightning_contrast.inference.exporting import traced, write_onnx, write_pt2
    from lightning_contrast.inference.portable import portable
    from lightning_contrast.inference.preprocessing import preprocessing_files

    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise InputError(f"formats must name some of {', '.join(FORMATS)}, got {list(formats)}")
    folder = Path(output)
    if network.modality == "mixed":
        done = [
            export(network.alone(name), folder / name, formats) for name in network.preprocess.parts
        ]
        difference = {
            f"{file.parent.name}/{name}": value
            for each in done
            for file in each.files[:1]
            for name, value in each.difference.items()
        }
        return Exported([file for each in done for file in each.files], difference)
    if folder.is_file():
        raise InputError(f"output {folder} is a file: name a folder, which is made")
    writers = {"pt2": write_pt2, "onnx": write_onnx}
    texts = preprocessing_files(network)
    device = network.device
    module = portable(network.to("cpu"))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".export", dir=folder.parent) as made:  # all, or none
            program = traced(module)
            differences = {
                f"model.{kind}": writers[kind](program, module, Path(made, f"model.{kind}"))
                for kind in formats
            }
            for name, text in texts.items():
                Path(made, name).write_text(text, encoding="utf-8")
            folder.mkdir(exist_ok=True)
            names = sorted(path.name for path in Path(made).iterdir())
            for name in names:
                os.replace(Path(made, name), folder / name)
    except OSError as error:
        raise InputError(
            f"output {folder} can't be written ({error.strerror or error}): choose another "
            "output=FOLDER"
        ) from error
    finally:
        network.to(device)
    return Exported([folder / name for name in names], differences)


def run(config: Any) -> None:
    """The Hydra task."""
    from omegaconf import OmegaConf

    from lightning_contrast.config.arguments import check_arguments
    from lightning_contrast.inference.loading import load_network
    from lightning_contrast.inference.output import given

    formats: Any = config.formats
    if OmegaConf.is_config(formats):
        formats = OmegaConf.to_object(formats)
    check_arguments(export, {"formats": formats}, partial=True)
    output = given(config.output)
    network = load_network(config.checkpoint, config.trust, "cpu")
    done = export(network, output, formats)
    if not config.quiet:
        for path in done.files:
            gap = done.difference.get(path.name)
            print(path if gap is None else f"{path}  (within {gap:.1e} of the classifier)")


main = entry_point("export", run, literal=("output",))

if __name__ == "__main__":
    main()
