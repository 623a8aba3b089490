"""Low-rank adapters beside the weights of tiny Hugging Face models."""

import sys

import pytest
import torch

from lightning_contrast.config.trusted import rebuilding
from lightning_contrast.encoders.pretrained import Pretrained
from lightning_contrast.errors import InputError
from tests.encoders.test_pretrained import BERT, DISTIL, GPT, tiny, tokens


def adapted(config=BERT, **options):
    return tiny(config, adapter="lora", adapter_rank=2, **{"trainable_layers": -1, **options})


def learned(encoder):
    """An encoder whose adapter is no longer that of the start."""
    for name, parameter in encoder.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter)
    return encoder.eval()


@pytest.fixture
def base(tmp_path):
    """A folder with the model that ``tiny`` makes."""
    tiny(trainable_layers=-1).model.save_pretrained(tmp_path)
    return str(tmp_path)


@pytest.mark.parametrize("config", [BERT, GPT, DISTIL], ids=lambda config: config["model_type"])
def test_it_is_nothing_at_first_and_learns_alone(config):
    encoder, plain, batch = adapted(config), tiny(config), tokens()
    torch.testing.assert_close(encoder.eval()(batch), plain.eval()(batch))
    encoder.train()(batch).square().sum().backward()
    learns = {name for name, p in encoder.named_parameters() if p.requires_grad}
    assert learns == {name for name, p in encoder.named_parameters() if p.grad is not None}
    assert all("lora_" in name for name in learns)
    matrices = {"bert": 12, "gpt2": 6, "distilbert": 12}[config["model_type"]]
    assert len(learns) == matrices


def test_only_the_trainable_layers_get_one():
    encoder = adapted(trainable_layers=1, adapter_targets=["query", "key"])
    learns = [name for name, p in encoder.named_parameters() if p.requires_grad]
    assert len(learns) == 4
    assert all(".layer.2." in name and ("query" in name or "key" in name) for name in learns)


@pytest.mark.parametrize("config", [BERT, GPT], ids=lambda config: config["model_type"])
def test_merged_it_gives_the_same_vectors_with_the_weights_of_the_model_alone(config):
    encoder, batch = learned(adapted(config, words=True)), tokens()
    assert not torch.allclose(encoder(batch), tiny(config, words=True).eval()(batch), atol=1e-2)
    merged = encoder.merged()
    torch.testing.assert_close(merged(batch), encoder(batch), rtol=1e-4, atol=1e-5)
    assert merged.state_dict().keys() == tiny(config, words=True).state_dict().keys()
    assert tiny().merged().adapter is None


def test_a_checkpoint_rebuilds_it_with_its_model():
    encoder, batch = learned(adapted()), tokens()
    twin = adapted(config=encoder.config)
    twin.load_state_dict(encoder.state_dict())
    torch.testing.assert_close(twin.eval()(batch), encoder(batch))


def test_alone_it_is_a_fraction_of_the_bytes_and_finds_its_model_again(base):
    encoder = learned(Pretrained(base, trainable_layers=-1, adapter="lora", adapter_alone=True))
    state, batch = encoder.state_dict(), tokens()
    assert all("lora_" in name or name in ("common", "base") for name in state)
    with rebuilding():
        twin = Pretrained(
            base,
            trainable_layers=-1,
            config=encoder.config,
            adapter="lora",
            adapter_alone=True,
        )
    twin.load_state_dict(state)
    torch.testing.assert_close(twin.eval()(batch), encoder(batch))
    outer = torch.nn.ModuleDict({"a": encoder, "b": twin})  # as part of a network
    outer.load_state_dict(outer.state_dict())


def test_alone_it_refuses_another_model(base):
    encoder = Pretrained(base, trainable_layers=-1, adapter="lora", adapter_alone=True)
    with torch.no_grad():
        encoder.model.embeddings.word_embeddings.weight[0] += 1
    encoder.model.save_pretrained(base)
    other = Pretrained(base, trainable_layers=-1, adapter="lora", adapter_alone=True)
    with pytest.raises(InputError, match="has other weights than the model that the adapter"):
        other.load_state_dict(encoder.state_dict())


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"adapter_targets": ["q_proj"]}, "whose layers have query, key, value, dense: set"),
        ({"trainable_layers": 0}, "there are none: set encoder.trainable_layers=-1"),
        ({"adapter": "ia3"}, "'lora' or null, got 'ia3'"),
    ],
)
def test_bad_input_is_one_clear_line(options, says):
    with pytest.raises(InputError) as error:
        tiny(**{"adapter": "lora", "trainable_layers": -1, **options})
    assert says in str(error.value) and "\n" not in str(error.value)


def test_without_peft_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(InputError, match=r"pip install 'lightning-contrast\[lora\]'"):
        adapted()
