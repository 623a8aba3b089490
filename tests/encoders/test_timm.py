"""timm is optional: without it one line says what to install; with it, it is only called."""

import sys
from types import ModuleType

import pytest
import torch
from torch import nn

from lightning_contrast.encoders.timm import Timm
from lightning_contrast.errors import InputError


class Pooled(nn.Module):
    """Stands for a timm model, which the test set-up does not install."""

    num_features = 5

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.mean((1, 2, 3))[:, None].expand(-1, 5)

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        return images[:, :1, ::8, ::8].expand(-1, 5, -1, -1)


class ClassToken(Pooled):
    """Stands for VOLO: a class token before its patches, and no number of such."""

    def __init__(self) -> None:
        super().__init__()
        self.cls_token = torch.zeros(1)

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        patches = super().forward_features(images).flatten(2).transpose(1, 2)
        return torch.cat((patches.new_full((len(images), 1, 5), 9.0), patches), 1)


class Patches(ClassToken):
    """Stands for a vision transformer, which says how many tokens are no patches."""

    num_prefix_tokens = 1


class Widened(Pooled):
    """Stands for MobileNetV3, with a wider layer behind the pooling."""

    head_hidden_size = 7

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward(images)[:, :1].expand(-1, 7)


class ChannelsLast(Pooled):
    """Stands for a Swin transformer."""

    def forward_features(self, images: torch.Tensor) -> torch.Tensor:
        return super().forward_features(images).permute(0, 2, 3, 1)


@pytest.fixture
def timm(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    library = ModuleType("timm")
    library.__version__ = "1.0"
    library.is_model = {"resnet18", "vit"}.__contains__
    library.calls = []

    def create_model(name: str, **arguments: object) -> nn.Module:
        if name == "resnet18" and "img_size" in arguments:
            raise TypeError("unexpected keyword argument 'img_size'")
        library.calls.append(arguments)
        return Pooled()

    library.create_model = create_model
    monkeypatch.setitem(sys.modules, "timm", library)
    return library


def test_without_timm_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(InputError, match=r"pip install 'lightning-contrast\[timm\]'$"):
        Timm(channels=3, image_size=32)


@pytest.mark.parametrize(("name", "size"), [("resnet18", {}), ("vit", {"img_size": 32})])
def test_only_models_that_take_a_size_are_told_it(
    timm: ModuleType, name: str, size: dict[str, int]
) -> None:
    encoder = Timm(channels=3, image_size=32, name=name)
    assert timm.calls == [{"pretrained": False, "in_chans": 3, "num_classes": 0, **size}]
    assert encoder(torch.rand(2, 3, 32, 32)).shape == (2, encoder.out_features)


def test_an_unknown_model_is_named(timm: ModuleType) -> None:
    with pytest.raises(InputError, match=r"'resnet19' is not a model of timm 1\.0; .*resnet18$"):
        Timm(channels=3, image_size=32, name="resnet19")


@pytest.mark.parametrize("kind", [Pooled, ClassToken, Patches, Widened, ChannelsLast])
def test_a_dense_model_gives_its_cells_row_by_row(timm, monkeypatch, kind) -> None:
    monkeypatch.setattr(timm, "create_model", lambda name, **arguments: kind())
    encoder = Timm(channels=3, image_size=32, name="resnet18", dense=True)
    images = torch.rand(2, 3, 32, 32)
    found = encoder(images)
    assert found.shape == (2, 16, encoder.out_features)
    assert torch.equal(found[:, :, 0], images[:, 0, ::8, ::8].flatten(1))


@pytest.mark.parametrize("kind", [Pooled, Widened])
def test_features_are_as_wide_as_what_the_model_pools(timm, monkeypatch, kind) -> None:
    monkeypatch.setattr(timm, "create_model", lambda name, **arguments: kind())
    encoder = Timm(channels=3, image_size=32, name="resnet18")
    assert encoder(torch.rand(2, 3, 32, 32)).shape == (2, encoder.out_features)
