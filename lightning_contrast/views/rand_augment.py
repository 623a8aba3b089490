"""Random operations of one magnitude on a batch of images."""

import math
from collections.abc import Callable, Sequence
from typing import Annotated

import torch
from torch import Tensor

from lightning_contrast.config.ranges import CountFromZero, Range, Share
from lightning_contrast.errors import InputError
from lightning_contrast.views import _colour as colour
from lightning_contrast.views._bounds import Bounds, ordered
from lightning_contrast.views._draw import RandomValues
from lightning_contrast.views._geometry import crop_sides, matrix, resampled
from lightning_contrast.views.image import Padding
from lightning_contrast.views.view import View

# By name: the largest change of (angle, horizontal and vertical shear, horizontal and vertical
# shift), in radians, widths a height, and fractions of the side.
GEOMETRY = {
    "rotate": (math.radians(30), 0.0, 0.0, 0.0, 0.0),
    "shear_x": (0.0, 0.3, 0.0, 0.0, 0.0),
    "shear_y": (0.0, 0.0, 0.3, 0.0, 0.0),
    "translate_x": (0.0, 0.0, 0.0, 0.45, 0.0),
    "translate_y": (0.0, 0.0, 0.0, 0.0, 0.45),
}
# By name: ``(images, strength from 0 to 1, sign (r,)) -> images``.
COLOUR: dict[str, Callable[[Tensor, float, Tensor], Tensor]] = {
    "autocontrast": lambda images, strength, sign: colour.autocontrast(images),
    "equalize": lambda images, strength, sign: colour.equalize(images),
    "solarize": lambda images, strength, sign: colour.solarize(images, 1 - strength),
    "posterize": lambda images, strength, sign: colour.posterize(images, 8 - round(4 * strength)),
    "saturation": lambda images, strength, sign: colour.saturation(
        images, 1 + 0.9 * strength * sign
    ),
    "contrast": lambda images, strength, sign: colour.contrast(images, 1 + 0.9 * strength * sign),
    "brightness": lambda images, strength, sign: colour.brightness(
        images, 1 + 0.9 * strength * sign
    ),
    "sharpness": lambda images, strength, sign: colour.sharpness(images, 1 + 0.9 * strength * sign),
}
OPERATIONS = ("identity", *GEOMETRY, *COLOUR)


class RandAugment(View):
    """A crop, a flip, and ``number`` operations drawn for every image, all of one ``magnitude``.

    ``(r, C, H, W) -> (r, C, H, W)`` in [0, 1], on the images' device, drawn from torch's global
    generator; uint8 becomes float. Each time, every image draws one operation, uniformly; the batch
    is dealt out in random shares of equal size, so that an operation touches only the images that
    drew it and nobody waits for the device. The geometric ones (about the centre) are one affine
    map with crop and flip, and one bilinear resampling, which stands before the others. Signs are
    random. Gradients stop here.

    Args:
        number: operations an image (the paper's N).
        magnitude: from 0 to 10, of all of them (the paper's M): of 10, 30 degrees, a shear of 0.3,
            a shift of 0.45 of the side, factors of 0.1 or 1.9, 4 bits, all values inverted.
        operations: names of those that are drawn from. ``saturation``, which the paper calls color,
            is left out for images without colour.
        crop_scale: range of the cropped area over the image's.
        crop_ratio: range of the crop's width over its height.
        flip: probability of a left-right flip; 0 where the side matters, as for digits.
        padding: what lies outside the image: ``border``, ``zeros`` or ``reflection``.

    Raises:
        InputError: an unknown operation, a magnitude outside [0, 10], a number below 0.

    Source: Cubuk et al. 2019 (arXiv 1909.13719); ranges: Cubuk et al. 2018 (arXiv 1805.09501).

    >>> RandAugment(number=2, magnitude=9)(torch.rand(4, 3, 8, 8)).shape
    torch.Size([4, 3, 8, 8])
    """

    modality = "image"

    def __init__(
        self,
        number: CountFromZero = 2,
        magnitude: Annotated[float, Range(least=0, most=10)] = 9.0,
        operations: Sequence[str] = OPERATIONS,
        crop_scale: Bounds = (0.5, 1.0),
        crop_ratio: Bounds = (0.75, 1.3333),
        flip: Share = 0.5,
        padding: Padding = "zeros",
    ) -> None:
        super().__init__()
        self.number, self.magnitude, self.operations = number, magnitude, list(operations)
        self.crop_scale = ordered("crop_scale", crop_scale, 1.0)
        self.crop_ratio = ordered("crop_ratio", crop_ratio, math.inf)
        self.flip, self.padding = flip, padding
        unknown = [name for name in self.operations if name not in OPERATIONS]
        if unknown or not self.operations:
            raise InputError(
                f"view.operations must be some of {', '.join(OPERATIONS)}, got "
                f"{', '.join(unknown) or 'none'}: leave out what is not among them"
            )

    @torch.no_grad()
    def forward(self, inputs: Tensor) -> Tensor:
        images = inputs.float() / 255 if inputs.dtype == torch.uint8 else inputs
        names = [n for n in self.operations if n != "saturation" or images.shape[1] == 3]
        names = names or ["identity"]
        drawn = [_dealt(len(images), names, images.device) for _ in range(self.number)]
        images = self._resample(images, drawn)
        strength = self.magnitude / 10
        for shares in drawn:
            for name, rows in shares.items():
                if name in COLOUR:
                    chosen = images[rows]
                    images[rows] = COLOUR[name](chosen, strength, RandomValues(chosen).sign())
        return images.clamp(0, 1)  # rounding in a weighted mean oversteps by 1e-7

    def _resample(self, images: Tensor, drawn: list[dict[str, Tensor]]) -> Tensor:
        draw, aspect = RandomValues(images), images.shape[2] / images.shape[3]
        across, down = crop_sides(draw, self.crop_scale, self.crop_ratio)
        mirror = 1 - 2 * draw.chosen(self.flip).float()
        x, y = draw.either(1.0) * (1 - across), draw.either(1.0) * (1 - down)
        theta = matrix([across * mirror, 0.0, x], [0.0, down, y])
        for shares in drawn:
            theta = theta @ self._moves(images, shares, aspect)
        return resampled(images, theta, self.padding)

    def _moves(self, images: Tensor, shares: dict[str, Tensor], aspect: float) -> Tensor:
        """Where the geometric operations of one draw read each pixel: ``(r, 3, 3)``."""
        change = torch.zeros(5, len(images), device=images.device)
        for name, rows in shares.items():
            if name in GEOMETRY:
                for kind, most in enumerate(GEOMETRY[name]):
                    if most:
                        change[kind].index_fill_(0, rows, most * self.magnitude / 10)
        angle, shear_x, shear_y, x, y = change * RandomValues(images).sign()
        cos, sin = angle.cos(), angle.sin()
        return matrix(
            [cos, aspect * (shear_x - sin), 2 * x],
            [(shear_y + sin) / aspect, cos, 2 * y],
            [0.0, 0.0, torch.ones_like(x)],
        )


def _dealt(rows: int, names: Sequence[str], device: torch.device) -> dict[str, Tensor]:
    """The rows that each operation gets: random shares whose sizes differ by one at most."""
    shares = torch.randperm(rows, device=device).tensor_split(len(names))
    shuffled = torch.randperm(len(names)).tolist()  # on the host: nobody waits
    return {names[i]: share for i, share in zip(shuffled, shares, strict=True) if len(share)}
