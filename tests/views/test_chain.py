"""Views one after the other."""

import pytest
import torch

from lightning_contrast.build.checks import check_modality
from lightning_contrast.config.construct import construct
from lightning_contrast.errors import InputError
from lightning_contrast.views.chain import Chain
from lightning_contrast.views.image import ImageView
from lightning_contrast.views.text import SpanCrop, TokenDropout
from lightning_contrast.views.view import View


class Plus(View):
    def __init__(self, number):
        super().__init__()
        self.number = number

    def forward(self, inputs):
        return inputs * 10 + self.number


def test_views_act_in_the_order_they_are_named():
    assert Chain({"b": Plus(1), "a": Plus(2)})(torch.zeros(1)).tolist() == [12.0]


def test_images_are_chained_too():
    images = torch.rand(2, 1, 8, 8)
    chain = Chain({"flip": ImageView(flip=1), "back": ImageView(flip=1)})
    torch.testing.assert_close(chain(images), images)
    assert chain.modality == "image"


def test_a_config_names_its_views():
    dropout = {"_target_": "lightning_contrast.views.text.TokenDropout", "probability": 0.3}
    target = "lightning_contrast.views.chain.Chain"
    chain = construct({"_target_": target, "views": {"dropout": dropout}})
    assert chain.views["dropout"].probability == 0.3


def test_it_has_the_modality_of_its_views():
    with pytest.raises(InputError, match="view Chain is for text, and the run's modality is image"):
        check_modality("image", "view", Chain({"crop": SpanCrop(), "drop": TokenDropout()}))
    with pytest.raises(InputError, match=r"got crop \(of text\) and flip \(of image\)"):
        Chain({"crop": SpanCrop(), "flip": ImageView()})


def test_an_empty_chain_is_refused():
    with pytest.raises(InputError, match="set view=identity"):
        Chain({})
