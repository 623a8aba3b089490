"""``lightning-contrast export``: writes a classifier for other programs and libraries."""

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from lightning_contrast.commands.entry import entry_point
from lightning_contrast.errors import InputError
from lightning_contrast.files.paths import existing

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network

GRAPHS = ("pt2", "onnx")
FORMATS = (*GRAPHS, "transformers", "sentence_transformers")


class Exported(NamedTuple):
    """The files, and by model the largest difference of its outputs from the classifier's."""

    files: list[Path]
    difference: dict[str, float]


def export(
    network: "Network",
    output: str | Path,
    formats: Sequence[str] = GRAPHS,
    card: str | Path | None = None,
) -> Exported:
    """Writes ``model.pt2`` and ``model.onnx``, ``preprocessing.json`` and, for texts,
    ``tokenizer.json`` to the folder ``output``, which is made.

    For a network of several modalities ``output`` holds such a folder for each.

    ``sentence_transformers`` makes it a folder for ``SentenceTransformer(output)``, with encoder,
    projector and a page for the hub; ``transformers`` one for ``AutoModel``, with the encoder
    alone. Both need an encoder of that library (``encoder=pretrained``). ``card``: the file of the
    run's model card, for that page.

    The graphs take any number of rows (and of tokens) and give ``probabilities``, ``embedding`` and
    ``logits`` (see ``inference.portable``). Each file is compared with the classifier on the CPU,
    and must agree to 1e-5.

    Raises:
        InputError: a format is unknown, the encoder can't be exported, the folder can't be
            written, or an extra is missing.
    """
    from lightning_contrast.inference.exporting import write_graphs
    from lightning_contrast.inference.hub import write_sentence_transformers, write_transformers
    from lightning_contrast.modalities import modality_of

    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise InputError(f"formats must name some of {', '.join(FORMATS)}, got {list(formats)}")
    hub = {"transformers": write_transformers, "sentence_transformers": write_sentence_transformers}
    about = None if card is None else Path(existing(str(card), "card")).read_text(encoding="utf-8")
    folder = Path(output)
    if modality_of(network.modality).parts:
        if chosen := [kind for kind in formats if kind in hub]:
            raise InputError(
                f"formats={chosen} is for an encoder of texts alone, and this one has a tower for "
                f"each of {', '.join(network.preprocess.parts)}: set formats=[pt2,onnx]"
            )
        done = [
            export(network.alone(name), folder / name, formats, card)
            for name in network.preprocess.parts
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
    device = network.device
    network.to("cpu").eval()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".export", dir=folder.parent) as made:  # all, or none
            differences = write_graphs(network, Path(made), [f for f in formats if f in GRAPHS])
            for kind in (kind for kind in FORMATS if kind in formats and kind in hub):
                differences["model.safetensors"] = hub[kind](network, Path(made), about)
            names = sorted(path.relative_to(made) for path in Path(made).rglob("*.*"))
            for name in names:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
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
    if config.task is not None:
        network = network.of_task(str(config.task))
    own = Path(config.checkpoint).resolve().parent.parent / "model_card.md"
    card = config.card or (own if own.is_file() else None)
    done = export(network, output, formats, card)
    if not config.quiet:
        for path in done.files:
            gap = done.difference.get(path.name)
            print(path if gap is None else f"{path}  (within {gap:.1e} of the classifier)")


main = entry_point("export", run, literal=("output",))

if __name__ == "__main__":
    main()
