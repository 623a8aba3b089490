"""Image views, a batch at a time, beside kornia's own augmentations; run by views.py.

kornia's own form of the same steps (random resized crop, flip, jitter, gray, blur), each image with
its own parameters: once on the whole batch, and once on one image after another.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import yaml
from torch import Tensor, nn

from lightning_contrast.config.construct import construct
from lightning_contrast.config.folder import conf_directory

VIEWS = ("weak", "strong", "moco_v2", "rand_augment", "multi_crop")
SHAPES = {"28 x 28 x 1": (256, 1, 28, 28), "32 x 32 x 3": (256, 3, 32, 32)}
ALONE = 64  # images of the loop: it is slow


def of_kornia(shape: tuple[int, ...]) -> nn.Module:
    """The steps of SimCLR for small images, as kornia has them."""
    from kornia import augmentation as aug

    _, channels, height, width = shape
    steps: list[nn.Module] = [
        aug.RandomResizedCrop((height, width), scale=(0.3, 1.0), ratio=(0.75, 1.3333)),
        aug.RandomHorizontalFlip(p=0.5),
        aug.ColorJitter(0.4, 0.4, 0.4, 0.1, p=0.8)
        if channels == 3
        else aug.ColorJitter(0.4, 0.4, 0.0, 0.0, p=0.8),
    ]
    if channels == 3:
        steps.append(aug.RandomGrayscale(p=0.2))
    steps.append(aug.RandomGaussianBlur((3, 3), (0.1, 0.6), p=0.3))
    return nn.Sequential(*steps)


def seconds_of(step: Callable[[], object]) -> float:
    start = time.process_time()
    step()
    return time.process_time() - start


def image_records(rounds: int = 9) -> list[dict[str, Any]]:
    """Images a second of every view and of kornia's two ways, interleaved; medians."""
    records = []
    for name, shape in SHAPES.items():
        images = torch.randint(0, 256, shape, dtype=torch.uint8)
        theirs = of_kornia(shape)

        def alone(images: Tensor = images, theirs: nn.Module = theirs) -> None:
            for image in images[:ALONE]:
                theirs(image[None].float() / 255)

        def at_once(images: Tensor = images, theirs: nn.Module = theirs) -> None:
            theirs(images.float() / 255)

        steps: dict[str, tuple[Callable[[], object], int]] = {
            "kornia, one by one": (alone, ALONE),
            "kornia, whole batch": (at_once, len(images)),
        }
        for view in VIEWS:
            config = yaml.safe_load((conf_directory() / "view" / f"{view}.yaml").read_text())
            steps[view] = partial(construct(config), images), len(images)
        seconds: dict[str, list[float]] = {form: [] for form in steps}
        for turn in range(rounds + 1):
            for form, (step, _) in steps.items():
                taken = seconds_of(step)
                if turn:  # the first warms up
                    seconds[form].append(taken)
        rates = {f: steps[f][1] / statistics.median(taken) for f, taken in seconds.items()}
        for form, rate in rates.items():
            records.append(
                {
                    "view": form,
                    "images": name,
                    "images_per_second": round(rate),
                    "of_one_by_one": round(rate / rates["kornia, one by one"], 2),
                    "of_whole_batch": round(rate / rates["kornia, whole batch"], 2),
                }
            )
    return records
