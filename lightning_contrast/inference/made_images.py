"""New images of a generator, as files and in one picture."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from lightning_contrast.config.arguments import check_arguments
from lightning_contrast.config.ranges import Count, Seed
from lightning_contrast.errors import InputError, listing

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network

COLUMNS = 16  # of the grid, at most


def make_images(
    network: "Network",
    output: str | Path,
    count: Count = 10,
    classes: Sequence[str | int] | None = None,
    seed: Seed = 0,
    quiet: bool = True,
) -> Path:
    """Writes ``images/CLASS/NUMBER.png`` and ``grid.png`` to the folder ``output``, which is made.

    ``source=folder source.path=OUTPUT/images`` reads the images again. The grid has a row for each
    class, and its first 16 images. The same seed gives the same images.

    Args:
        network: of a checkpoint that holds a generator.
        output: a folder that is not there yet, or is empty.
        count: images of each class.
        classes: names of the classes; None: all.
        seed: of the noise.
        quiet: does not print where they are.

    Returns the path of the grid.

    Raises:
        InputError: no generator, an unknown class, a folder that has files or can't be written.
    """
    from lightning_contrast.inference.output import given
    from lightning_contrast.report.grid import as_pixels, save_grid, save_image

    check_arguments(make_images, {"count": count, "classes": classes, "seed": seed}, partial=True)
    numbers = _numbers(network.classes, classes)
    folder = given(output)
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise InputError(f"output {folder} is there already: name a new folder, which is made")
    made = network.generate([number for number in numbers for _ in range(count)], seed)
    images = made.unflatten(0, (len(numbers), count))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".generate", dir=folder.parent) as part:  # all, or none
            new = Path(part, "new")
            for name, of_class in zip(_folders(network.classes, numbers), images, strict=True):
                (new / "images" / name).mkdir(parents=True)
                for number, image in enumerate(as_pixels(of_class), start=1):
                    save_image(image, new / "images" / name / f"{number:06d}.png")
            columns = min(count, COLUMNS)
            save_grid(images[:, :columns].flatten(0, 1), columns, new / "grid.png")
            os.replace(new, folder)
    except OSError as error:
        raise InputError(
            f"output {folder} can't be written ({error.strerror or error}): choose another "
            "output=FOLDER"
        ) from error
    if not quiet:
        print(folder / "images", folder / "grid.png", sep="\n")
    return folder / "grid.png"


def _numbers(known: Sequence[str], classes: Sequence[str | int] | None) -> list[int]:
    """The classes asked for, by their numbers."""
    if classes is None:
        return list(range(len(known)))
    unknown = [str(name) for name in classes if str(name) not in known]
    if unknown or not classes:
        raise InputError(
            f"classes must name some of {listing(list(known))}, got {', '.join(unknown) or 'none'}"
        )
    return list(dict.fromkeys(known.index(str(name)) for name in classes))


def _folders(known: Sequence[str], numbers: Sequence[int]) -> list[str]:
    """Names of folders: those of the classes, where a file system takes them.

    >>> _folders(["T-shirt/top", ".."], [0, 1])
    ['T-shirt_top', 'class_1']
    """
    plain = [re.sub(r"[^\w. -]+", "_", known[number]).strip(". ")[:80] for number in numbers]
    return [
        name if name and plain.count(name) == 1 else f"class_{number}"
        for name, number in zip(plain, numbers, strict=True)
    ]
