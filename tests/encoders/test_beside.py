"""Encoders side by side."""

import pytest
import torch

from lightning_contrast.encoders.beside import Beside
from lightning_contrast.encoders.convnet import ConvNet
from lightning_contrast.encoders.sketch import Sketch
from lightning_contrast.errors import InputError
from tests.runs import composed


def beside():
    return Beside({"drawn": Sketch(3), "learnt": ConvNet(3, image_size=16, widths=[4, 8])}).eval()


def test_each_encoder_gives_its_own_direction_at_a_length_that_goes_by_its_width():
    torch.manual_seed(0)
    both, images = beside(), torch.rand(3, 3, 16, 16)
    sketch, convnet = both.encoders.values()
    features = both(images).split([sketch.out_features, convnet.out_features], dim=1)
    assert both.out_features == sum(part.shape[1] for part in features)
    for part, encoder in zip(features, (sketch, convnet), strict=True):
        torch.testing.assert_close(part.norm(dim=1), torch.full((3,), part.shape[1] ** 0.5))
        assert torch.cosine_similarity(part, encoder(images)).min() > 1 - 1e-5
    both(images).sum().backward()
    assert all(p.grad is not None for p in convnet.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    ("parts", "line"),
    [
        ({}, "must name one encoder or more"),
        ({"cells": ConvNet(3, image_size=16, dense=True)}, "parts.cells must give one vector"),
        ({"other": torch.nn.Linear(2, 2)}, "parts.other must give one vector"),
    ],
)
def test_what_is_no_encoder_of_whole_images_is_named(parts, line):
    with pytest.raises(InputError, match=line):
        Beside(parts)


def test_a_tower_of_several_encoders_is_chosen_by_name():
    run = composed("modality=mixed", "source=emoji", "encoder@encoder.towers.image=beside")
    parts = run["encoder"]["towers"]["image"]["parts"]
    assert [part["_target_"].rpartition(".")[2] for part in parts.values()] == ["Sketch", "ConvNet"]
