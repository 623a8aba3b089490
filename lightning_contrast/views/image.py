"""Random views of a batch of images: geometry in one resampling, then colour, blur, erasing."""

import math
from typing import Annotated, Literal

import torch
from torch import Tensor

from lightning_contrast.config.ranges import NotNegative, Range, Share
from lightning_contrast.views import _colour as colour
from lightning_contrast.views._bounds import Bounds, ordered
from lightning_contrast.views._draw import RandomValues, interval
from lightning_contrast.views._geometry import crop_sides, matrix, resampled
from lightning_contrast.views.view import View

Padding = Literal["border", "zeros", "reflection"]


class ImageView(View):
    """A random view of every image, each with its own parameters, the whole batch at once.

    ``(r, C, H, W) -> (r, C, H, W)`` in [0, 1], on the images' device, drawn from torch's global
    generator; uint8 becomes float. Crop, flip, rotation, shear and shift are one affine map
    ``x_in = c + S R F x_out`` and one bilinear resampling. Lengths are fractions of the side, so
    one preset suits 8 px and 224 px. The order and ranges are those of SimCLR (Chen et al. 2020,
    arXiv:2002.05709); erasing is Zhong et al. 2017, arXiv:1708.04896.

    Args:
        crop_scale: range of the cropped area over the image's.
        crop_ratio: range of the crop's width over its height.
        flip: probability of a left-right flip; 0 where the side matters, as for digits.
        rotate: largest angle in degrees, either way.
        shear: largest horizontal shear, in widths a height.
        translate: largest shift, rounded to whole pixels so that a shift alone blurs nothing.
        padding: what lies outside the image: ``border``, ``zeros`` or ``reflection``. A crop at the
            edge reaches half a pixel outside, which ``zeros`` would darken.
        jitter: probability that brightness, contrast, saturation and hue change.
        brightness, contrast, saturation: largest change of the factor 1.
        hue: largest turn, as a fraction of the colour circle.
        grayscale: probability that the colour goes; as saturation and hue, for 3 channels only.
        blur: probability of a Gaussian blur.
        blur_sigma: range of its standard deviation.
        erase: probability that a rectangle becomes the image's mean.
        erase_scale: range of the rectangle's area over the image's.

    Raises:
        InputError: a range the wrong way round, a probability outside [0, 1], unknown padding.

    >>> view = ImageView(crop_scale=(0.5, 1.0), jitter=0.8, brightness=0.4)
    >>> view(torch.rand(4, 1, 8, 8)).shape
    torch.Size([4, 1, 8, 8])
    """

    modality = "image"
    has_slopes = True

    def __init__(
        self,
        crop_scale: Bounds = (1.0, 1.0),
        crop_ratio: Bounds = (1.0, 1.0),
        flip: Share = 0.5,
        rotate: Annotated[float, Range(least=0, most=180, unit="degrees")] = 0.0,
        shear: NotNegative = 0.0,
        translate: Share = 0.0,
        padding: Padding = "border",
        jitter: Share = 0.0,
        brightness: Share = 0.0,
        contrast: Share = 0.0,
        saturation: Share = 0.0,
        hue: Annotated[float, Range(least=0, most=0.5)] = 0.0,
        grayscale: Share = 0.0,
        blur: Share = 0.0,
        blur_sigma: Bounds = (0.001, 0.02),
        erase: Share = 0.0,
        erase_scale: Bounds = (0.02, 0.2),
    ) -> None:
        super().__init__()
        self.crop_scale = ordered("crop_scale", crop_scale, 1.0)
        self.crop_ratio = ordered("crop_ratio", crop_ratio, math.inf)
        self.flip, self.rotate, self.shear, self.translate = flip, rotate, shear, translate
        self.padding = padding
        self.jitter, self.brightness, self.contrast = jitter, brightness, contrast
        self.saturation, self.hue, self.grayscale = saturation, hue, grayscale
        self.blur, self.blur_sigma = blur, ordered("blur_sigma", blur_sigma, 1.0)
        self.erase, self.erase_scale = erase, ordered("erase_scale", erase_scale, 1.0)

    @property
    def keeps_places(self) -> bool:  # type: ignore[override]
        moves = (self.flip, self.rotate, self.shear, self.translate, self.erase)
        cuts = {*self.crop_scale, *self.crop_ratio} - {1.0}
        return not (any(moves) or cuts)

    def forward(self, inputs: Tensor) -> Tensor:
        images = inputs.float() / 255 if inputs.dtype == torch.uint8 else inputs
        images = self._resample(images)
        if self.jitter and (self.brightness or self.contrast or self.saturation or self.hue):
            images = self._mix(self.jitter, self._jittered(images), images)
        if self.grayscale and images.shape[1] == 3:
            images = self._mix(self.grayscale, colour.gray(images), images)
        if self.blur:
            images = self._mix(self.blur, self._blurred(images), images)
        if self.erase:
            images = self._mix(self.erase, self._erased(images), images)
        return images.clamp(0, 1)  # rounding in a weighted mean oversteps by 1e-7

    def _resample(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        draw = RandomValues(images)
        across, down = crop_sides(draw, self.crop_scale, self.crop_ratio)
        angle = draw.either(math.radians(self.rotate))
        shear, aspect = draw.either(self.shear), height / width
        mirror = 1 - 2 * draw.chosen(self.flip).float()
        x = draw.either(1.0) * (1 - across) + _whole(draw.either(self.translate), width)
        y = draw.either(1.0) * (1 - down) + _whole(draw.either(self.translate), height)
        cos, sin = angle.cos(), angle.sin()
        theta = matrix(
            [across * cos * mirror, across * aspect * (shear * cos - sin), x],
            [down * sin * mirror / aspect, down * (shear * sin + cos), y],
        )
        return resampled(images, theta, self.padding)

    def _jittered(self, images: Tensor) -> Tensor:
        draw = RandomValues(images)
        ranges = (self.brightness, self.contrast, self.saturation)
        brightness, contrast, saturation = (1 + draw.either(most) for most in ranges)
        images = colour.contrast(colour.brightness(images, brightness), contrast)
        if images.shape[1] != 3:
            return images
        images = colour.saturation(images, saturation)
        if not self.hue:
            return images
        from kornia.enhance import adjust_hue

        return adjust_hue(images, draw.either(self.hue) * 2 * math.pi)

    def _blurred(self, images: Tensor) -> Tensor:
        from kornia.filters import gaussian_blur2d

        side = min(images.shape[-2:])
        low, high = (bound * side for bound in self.blur_sigma)
        sigma = RandomValues(images).between(low, high)[:, None].expand(-1, 2)
        # Reflection needs a kernel that reaches less than a side beyond the border.
        size = 2 * max(1, min(math.ceil(2 * high), side - 1)) + 1
        return gaussian_blur2d(images, (size, size), sigma.clamp(min=1e-3))

    def _erased(self, images: Tensor) -> Tensor:
        height, width = images.shape[-2:]
        draw = RandomValues(images)
        area, ratio = draw.between(*self.erase_scale), draw.either(math.log(3.0)).exp()
        rows = interval(height, (area * ratio).sqrt().clamp(max=1), draw.between(0.0, 1.0))
        columns = interval(width, (area / ratio).sqrt().clamp(max=1), draw.between(0.0, 1.0))
        inside = rows[:, None, :, None] & columns[:, None, None, :]
        return torch.where(inside, images.mean((2, 3), keepdim=True), images)

    def _mix(self, probability: float, changed: Tensor, images: Tensor) -> Tensor:
        chosen = RandomValues(images).chosen(probability)
        return torch.where(chosen[:, None, None, None], changed, images)


def _whole(shift: Tensor, pixels: int) -> Tensor:
    """A shift as a fraction of the side, to whole pixels, in the [-1, 1] units of a grid."""
    return (shift * pixels).round() * 2 / pixels
