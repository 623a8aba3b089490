"""Hugging Face vision models: tiny random ones, saved to a folder; torchvision is not there."""

import json

import numpy as np
import pytest
import torch
import transformers

from lightning_contrast.build.parts import build_datamodule, build_module
from lightning_contrast.config.construct import construct
from lightning_contrast.config.description import describe
from lightning_contrast.config.trusted import rebuilding
from lightning_contrast.encoders.pretrained_image import PretrainedImage
from lightning_contrast.errors import InputError
from tests.made_captions import write_captions
from tests.runs import composed

TRANSFORMER = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
TRANSFORMER |= {"intermediate_size": 24, "image_size": 16, "patch_size": 8}
MAP = {"hidden_sizes": [8, 16], "depths": [1, 1]}
MODELS = {
    "vit": transformers.ViTConfig(**TRANSFORMER),
    "dinov2": transformers.Dinov2Config(**TRANSFORMER),
    "clip_vision_model": transformers.CLIPVisionConfig(**TRANSFORMER),
    "resnet": transformers.ResNetConfig(embedding_size=8, layer_type="basic", **MAP),
    "convnext": transformers.ConvNextConfig(num_stages=2, image_size=16, **MAP),
}
MEAN, STD = [0.4, 0.5, 0.6], [0.2, 0.25, 0.3]
THEIRS = [[0.5, 0.4, 0.3], [0.2, 0.3, 0.4]]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder for each kind of model."""
    folders = {}
    for name, config in MODELS.items():
        torch.manual_seed(0)
        folders[name] = tmp_path_factory.mktemp(name)
        transformers.AutoModel.from_config(config).save_pretrained(folders[name])
        settings = {"image_mean": THEIRS[0], "image_std": THEIRS[1]}
        (folders[name] / "preprocessor_config.json").write_text(json.dumps(settings))
    return folders


@pytest.mark.parametrize("name", MODELS)
def test_features_are_the_models_own_of_images_that_it_normalised(name, saved):
    encoder = PretrainedImage(str(saved[name]), MEAN, STD).eval()
    images = torch.rand(2, 3, 16, 16)
    mean, std, theirs, spread = (torch.tensor(v).view(3, 1, 1) for v in (MEAN, STD, *THEIRS))
    model = transformers.AutoModel.from_pretrained(saved[name]).eval()
    expected = model(pixel_values=(images - theirs) / spread).pooler_output.flatten(1)
    found = encoder((images - mean) / std)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-5)
    assert found.shape == (2, encoder.out_features) == (2, 16)
    assert encoder(torch.rand(1, 3, 40, 40)).shape == (1, 16)


@pytest.mark.parametrize("name", MODELS)
def test_it_is_rebuilt_from_plain_values_without_its_files(name, saved):
    encoder = PretrainedImage(str(saved[name]), MEAN, STD).eval()
    described = describe(encoder) | {"name_or_path": "not there"}
    with rebuilding():
        again = construct(described).eval()
    again.load_state_dict(encoder.state_dict())
    images = torch.rand(2, 3, 16, 16)
    assert torch.equal(again(images), encoder(images))


@pytest.mark.parametrize(("name", "layers"), [("vit", 0), ("vit", 1), ("dinov2", -1)])
def test_the_top_layers_learn_and_all_that_learns_gets_a_gradient(name, layers, saved):
    encoder = PretrainedImage(str(saved[name]), MEAN, STD, "first", trainable_layers=layers)
    learns = {name for name, p in encoder.named_parameters() if p.requires_grad}
    assert bool(learns) == bool(layers)
    if layers:
        encoder(torch.rand(2, 3, 16, 16)).square().sum().backward()
        with_gradient = {name for name, p in encoder.named_parameters() if p.grad is not None}
        assert learns - with_gradient <= {"model.embeddings.mask_token"}


def test_of_a_model_of_pictures_and_texts_the_vision_tower_is_taken(tmp_path):
    text = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 9}
    config = transformers.CLIPConfig(text_config=text, vision_config=TRANSFORMER)
    model = transformers.CLIPModel(config).eval()
    model.save_pretrained(tmp_path)
    encoder = PretrainedImage(str(tmp_path), [0.5] * 3, [0.5] * 3).eval()
    images = torch.randn(2, 3, 16, 16)
    expected = model.vision_model(pixel_values=images).pooler_output
    torch.testing.assert_close(encoder(images), expected)


def test_mistakes_are_one_line(saved, tmp_path):
    with pytest.raises(InputError, match=r"source\.channels=3"):
        PretrainedImage(str(saved["vit"]), [0.5], [0.5])
    with pytest.raises(InputError, match=r"encoder\.pooling=mean"):
        PretrainedImage(str(saved["resnet"]), MEAN, STD, pooling="first")
    with pytest.raises(InputError, match="neither a folder with a vision model"):
        PretrainedImage(str(tmp_path), MEAN, STD)
    with pytest.raises(InputError, match="of no vision model: its model_type is 'bert'"):
        PretrainedImage("any", MEAN, STD, config={"model_type": "bert"})


def test_it_is_a_tower_with_the_statistics_of_the_pictures(saved, tmp_path):
    table = write_captions(tmp_path, rows=32)
    config = composed(
        "modality=mixed",
        "recipe=lit",
        f"source.path={table}",
        "source.size=16",
        "source.identity_column=id",
        "encoder@encoder.towers.image=pretrained_image",
        f"encoder.towers.image.name_or_path={saved['vit']}",
    )
    data = build_datamodule(config)
    tower = build_module(config, data).network.encoder.towers["image"]
    assert tower.channel_mean == data.preprocess.parts["image"].mean
    assert tower.normalisation == pytest.approx(np.array(THEIRS)) and tower.out_features == 16
