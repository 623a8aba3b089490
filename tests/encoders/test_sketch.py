"""Edges and colours of what stands on a plain ground."""

import math

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_contrast.encoders._framed import framed
from lightning_contrast.encoders.sketch import Sketch


def white(rows=1, side=16):
    return torch.ones(rows, 3, side, side, dtype=torch.float64)


def drawing(top, left, side=16):
    image = white(side=side)
    image[:, 0, top : top + 4, left : left + 4] = 0
    image[:, 1, top : top + 2, left : left + 4] = 0.5
    return image


def test_where_a_drawing_stands_and_how_large_it_is_does_not_count():
    sketch = Sketch(3).eval()
    here, there = sketch(drawing(2, 3)), sketch(drawing(9, 11))
    torch.testing.assert_close(here, there)
    large = drawing(4, 4).repeat_interleave(2, 2).repeat_interleave(2, 3)
    cosine = torch.cosine_similarity(sketch(large), torch.cat([here, sketch(drawing(2, 3).mT)]))
    assert cosine[0] > 0.85 and cosine[0] > cosine[1] + 0.2
    plain = Sketch(3, framed=False)
    assert torch.cosine_similarity(plain(drawing(2, 3)), plain(drawing(9, 11))).item() < 0.5


def test_a_frame_is_what_pil_cuts_out_where_no_pixel_is_between():
    image = (drawing(3, 5) * 255).byte()[0].permute(1, 2, 0).numpy()
    cut = Image.fromarray(image).crop((5, 3, 9, 7)).resize((16, 16), Image.Resampling.BILINEAR)
    ours = framed(drawing(3, 5))[0, :, 2:-2, 2:-2]  # at the edge PIL does not see the ground
    other = torch.from_numpy(np.array(cut)).permute(2, 0, 1)[:, 2:-2, 2:-2] / 255.0
    assert (ours - other).abs().max() < 0.01


def test_an_image_of_the_whole_ground_and_an_empty_one_stay():
    full = torch.rand(2, 3, 16, 16, dtype=torch.float64) * 0.8
    torch.testing.assert_close(framed(full), full)
    assert torch.equal(framed(white()), white())
    assert Sketch(3)(white()).abs().max() < 1e-3


def test_edges_are_histograms_of_directions_computed_pixel_by_pixel():
    torch.manual_seed(0)
    image = torch.rand(1, 2, 6, 6, dtype=torch.float64)
    edges = Sketch(2, parts=2, directions=4, framed=False)._edges(image)
    at = lambda c, y, x: image[0, c, min(max(y, 0), 5), min(max(x, 0), 5)].item()  # noqa: E731
    expected = torch.zeros(4, 2, 2, dtype=torch.float64)
    for y in range(6):
        for x in range(6):
            slopes = [
                (at(c, y, x + 1) - at(c, y, x - 1), at(c, y + 1, x) - at(c, y - 1, x))
                for c in range(2)
            ]
            across, down = max(slopes, key=lambda slope: math.hypot(*slope))
            for direction in range(4):
                turn = math.atan2(down, across) - direction * math.pi / 4
                strength = math.hypot(across, down) * math.cos(turn) ** 8
                expected[direction, y // 3, x // 3] += strength / 9
    torch.testing.assert_close(edges, expected.sqrt().reshape(1, -1), atol=1e-4, rtol=1e-3)


def test_the_weight_of_colours_is_the_share_of_their_length():
    torch.manual_seed(0)
    features = Sketch(3, parts=4, directions=4, colours=2, colour_weight=0.5)(
        torch.rand(3, 3, 8, 8)
    )
    edges, colours = features.split([64, 12], dim=1)
    torch.testing.assert_close(colours.norm(dim=1) / edges.norm(dim=1), torch.full((3,), 0.5))


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 24)])
def test_features_have_their_width_and_a_gradient_to_the_image(shape):
    sketch = Sketch(shape[0])
    images = torch.rand(2, *shape, requires_grad=True)
    features = sketch(images)
    assert features.shape == (2, sketch.out_features)
    features.square().sum().backward()
    assert images.grad.isfinite().all()
