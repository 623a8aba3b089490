"""Encoders that transformers and sentence-transformers load, held against the network."""

import json

import numpy as np
import pytest
import torch

from lightning_contrast.commands.export import export
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.encoders.bag import Bag
from lightning_contrast.errors import InputError
from lightning_contrast.heads.linear import LinearHead
from lightning_contrast.modules.network import Network
from lightning_contrast.projectors.identity import IdentityProjector
from lightning_contrast.projectors.mlp import MLPProjector
from lightning_contrast.projectors.mlp_predictor import MLPPredictor
from lightning_contrast.projectors.projector import Projector
from tests.encoders.test_pretrained import DISTIL, tiny

TEXTS = ["a cat sat on a mat", "Cat!", "dogs run", "a mat on a cat that sat on a mat"]


def network(encoder=None, projector=None):
    torch.manual_seed(0)
    encoder = tiny(context=12) if encoder is None else encoder
    width = encoder.out_features
    projector = IdentityProjector(width) if projector is None else projector
    tokenizer = Tokenizer.train(TEXTS, vocabulary_size=40, max_length=12)
    found = Network(encoder, projector, LinearHead(width, 2), tokenizer, ["x", "y"])
    for part in found.modules():
        if isinstance(part, torch.nn.BatchNorm1d):
            torch.nn.init.normal_(part.running_mean)
            torch.nn.init.uniform_(part.running_var)
    return found.eval()


def lora():
    encoder = tiny(context=12, trainable_layers=-1, adapter="lora")
    for name, parameter in encoder.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter)
    return encoder


@pytest.mark.parametrize(
    ("encoder", "projector"),
    [
        (tiny, lambda: None),
        (lambda: tiny(pooling="cls"), lambda: MLPProjector(16, out_features=6, layers=1)),
        (lambda: tiny(DISTIL, pooling="max"), lambda: MLPProjector(16, 9, 6, batch_norm=True)),
        (lora, lambda: MLPPredictor(16, 9, 6)),
    ],
    ids=["plain", "linear", "mlp", "lora"],
)
def test_sentence_transformers_gives_the_same_vectors(encoder, projector, tmp_path):
    from sentence_transformers import SentenceTransformer

    ours = network(encoder(), projector())
    done = export(ours, tmp_path / "model", ["sentence_transformers"])
    assert done.difference["model.safetensors"] < 1e-5
    found = SentenceTransformer(str(tmp_path / "model"), device="cpu").encode(TEXTS)
    np.testing.assert_allclose(found, ours.embed(TEXTS), atol=1e-5)


def test_the_encoder_alone_with_its_page_for_the_hub(tmp_path):
    from transformers import AutoModel, AutoTokenizer

    ours = network()
    (tmp_path / "card.md").write_text("# A run\n\n## Data\n\nSome rows.")
    export(ours, tmp_path, ["transformers"], card=tmp_path / "card.md")
    tokens = AutoTokenizer.from_pretrained(tmp_path)(TEXTS, padding=True, return_tensors="pt")
    assert torch.equal(tokens["input_ids"], ours.preprocess.batch(TEXTS)["input_ids"])
    states = AutoModel.from_pretrained(tmp_path).eval()(**tokens).last_hidden_state
    torch.testing.assert_close(states, ours.encoder.model(**tokens).last_hidden_state)
    page = (tmp_path / "README.md").read_text()
    assert page.startswith('---\nlibrary_name: "transformers"\n')
    assert "\n### Data\n" in page and "first 12 tokens" in page
    assert not (tmp_path / "modules.json").exists()


def test_beside_a_graph_in_one_folder(tmp_path):
    done = export(network(), tmp_path, ["pt2", "sentence_transformers"])
    assert {"model.pt2", "model.safetensors"} == done.difference.keys()
    modules = json.loads((tmp_path / "modules.json").read_text())
    assert [entry["type"].rpartition(".")[2] for entry in modules] == [
        "Transformer",
        "Pooling",
        "Normalize",
    ]


class Own(Projector):
    def __init__(self):
        super().__init__()
        self.out_features = 16


@pytest.mark.parametrize(
    ("made", "says"),
    [
        (lambda: network(Bag(40, 0)), "encoder Bag is no model of transformers"),
        (lambda: network(tiny(words=True)), "encoder.words=true gives features that"),
        (lambda: network(tiny(dense=True)), "encoder.dense=true gives features that"),
        (lambda: network(projector=Own()), "projector Own does not say what its layers are"),
    ],
)
def test_what_has_no_counterpart_is_refused_and_nothing_is_written(made, says, tmp_path):
    with pytest.raises(InputError) as error:
        export(made(), tmp_path / "model", ["sentence_transformers"])
    assert str(error.value).startswith(says) and "formats=[" in str(error.value)
    assert not (tmp_path / "model").exists()
