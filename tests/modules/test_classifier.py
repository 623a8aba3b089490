"""The classifier from plain Python: built, saved, loaded, and what it refuses."""

from functools import partial

import numpy as np
import pytest
import torch
from PIL import Image
from pytorch_lightning import Trainer
from torch.utils.data import DataLoader

from lightning_contrast.batch import SLOTS, Batch, Examples, anchor_rows, rows_of
from lightning_contrast.candidates.in_batch import InBatch
from lightning_contrast.data.image_reader import ImageReader
from lightning_contrast.data.tokenizer import Tokenizer
from lightning_contrast.encoders.bag import Bag
from lightning_contrast.encoders.convnet import ConvNet
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.errors import InputError
from lightning_contrast.heads.linear import LinearHead
from lightning_contrast.losses.supcon import SupCon
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.modules import load
from lightning_contrast.modules.image import ImageContrastiveClassifier
from lightning_contrast.modules.network import Network
from lightning_contrast.modules.schedule import WarmupDecay
from lightning_contrast.modules.text import TextContrastiveClassifier
from lightning_contrast.pairings.label import Label
from lightning_contrast.projectors.mlp import MLPProjector
from lightning_contrast.types import Role
from tests.batches import joined

TEXTS = ["red apple pie", "green pear cake", "fast blue car", "slow grey bus"]


def parts(encoder, preprocess, **settings):
    projector = MLPProjector(encoder.out_features, out_features=8)
    head = LinearHead(encoder.out_features, classes=2)
    return {
        "network": Network(encoder, projector, head, preprocess, ["food", "car"]),
        "contrast": Contrast(Label(), KeepAll(), SupCon()),
        "candidates": InBatch(),
        "optimizer": partial(torch.optim.AdamW, lr=0.01),
        "schedule": WarmupDecay(),
        **settings,
    }


def text_classifier(**settings) -> TextContrastiveClassifier:
    torch.manual_seed(0)
    tokenizer = Tokenizer.train(TEXTS, "word", vocabulary_size=50, max_length=16)
    encoder = Bag(tokenizer.vocabulary_size, tokenizer.padding_index, width=8)
    return TextContrastiveClassifier(**parts(encoder, tokenizer, **settings))


def image_classifier() -> ImageContrastiveClassifier:
    torch.manual_seed(0)
    reader = ImageReader((8, 8), 1, [0.5], [0.25])
    return ImageContrastiveClassifier(**parts(ConvNet(channels=1, image_size=8), reader))


def save(model, path):
    trainer = Trainer(logger=False, enable_checkpointing=False, enable_progress_bar=False)
    trainer.strategy.connect(model)
    trainer.save_checkpoint(path)
    return path


def token_batch(model, k: int = 0, positives: bool = True) -> Batch:
    tokens = model.network.preprocess.batch(TEXTS)
    label = torch.tensor([0, 0, 1, 1])
    rows = Examples(tokens, label, torch.arange(4))
    others = {n: t[:, None].expand(-1, k, -1) for n, t in tokens.items()}
    negative = Examples(others, (1 - label)[:, None].expand(-1, k), torch.zeros(4, k).long())
    return joined(rows, rows if positives else None, negative)


class Forgetful(Bag):
    """Keeps its width under another name."""

    def __init__(self, words: int, padding: int, size: int) -> None:
        super().__init__(words, padding, width=size)


def test_an_encoder_that_no_checkpoint_can_describe_is_told_before_training(tmp_path):
    tokenizer = Tokenizer.train(TEXTS, "word", vocabulary_size=50, max_length=16)
    encoder = Forgetful(tokenizer.vocabulary_size, tokenizer.padding_index, size=8)
    model = TextContrastiveClassifier(**parts(encoder, tokenizer))
    quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
    trainer = Trainer(max_epochs=1, accelerator="cpu", default_root_dir=tmp_path, **quiet)
    loader: DataLoader = DataLoader([token_batch(model)], batch_size=None)  # type: ignore
    with pytest.raises(InputError, match="Forgetful must keep its argument 'words' as self"):
        trainer.fit(model, loader, loader)
    assert trainer.global_step == 0


def test_a_checkpoint_holds_plain_values_and_gives_the_same_predictions(tmp_path):
    model = text_classifier().eval()
    path = save(model, tmp_path / "model.ckpt")
    torch.load(path, weights_only=True)  # raises for anything but plain values and tensors
    loaded = load(path)
    assert loaded.predict(TEXTS) == model.network.predict(TEXTS)
    torch.testing.assert_close(loaded.embed(TEXTS), model.network.embed(TEXTS))
    assert loaded.modality == "text" and loaded.classes == ["food", "car"]


def test_predictions_are_labels_with_probabilities_that_sum_to_one():
    predictions = text_classifier().network.predict(TEXTS, batch_size=3)
    for prediction in predictions:
        assert sum(prediction.probabilities.values()) == pytest.approx(1)
        assert prediction.label == max(prediction.probabilities, key=prediction.probabilities.get)


def test_images_of_any_kind_give_one_prediction(tmp_path):
    model = image_classifier()
    pixels = np.random.default_rng(0).integers(0, 255, (8, 8), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.png")
    kinds = [
        pixels,
        pixels.astype(np.float32) / 255,
        np.repeat(pixels[..., None], 3, axis=2),
        torch.from_numpy(pixels)[None],
        Image.fromarray(pixels),
        tmp_path / "image.png",
        str(tmp_path / "image.png"),
    ]
    first, *others = model.network.predict(kinds)
    for other in others:
        assert other.label == first.label
        assert other.probabilities == pytest.approx(first.probabilities, rel=1e-4)


@pytest.mark.parametrize(
    ("model", "rows", "words"),
    [
        (text_classifier, "one text", "list of texts"),
        (text_classifier, ["fine", " "], "row 1 is not a text"),
        (text_classifier, [], "no texts"),
        (image_classifier, ["nowhere.png"], "nowhere.png"),
        (image_classifier, [np.zeros((2, 8, 8, 1))], "has shape"),
        (image_classifier, [3], "no image but int"),
    ],
)
def test_rows_that_can_not_be_read_are_named(model, rows, words):
    with pytest.raises(InputError, match=words):
        model().network.predict(rows)


def test_checkpoints_that_can_not_be_used_are_named(tmp_path):
    path = save(text_classifier(), tmp_path / "model.ckpt")
    (tmp_path / "broken.ckpt").write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"broken.ckpt can't be read"):
        load(tmp_path / "broken.ckpt")
    with pytest.raises(InputError, match="folder that holds"):
        load(tmp_path)
    torch.save({"state_dict": {}}, tmp_path / "other.ckpt")
    with pytest.raises(InputError, match="not a checkpoint of lightning_contrast"):
        load(tmp_path / "other.ckpt")
    checkpoint = torch.load(path, weights_only=True)
    checkpoint["lightning_contrast"]["network"]["head"]["_target_"] = "os.system"
    torch.save(checkpoint, tmp_path / "strange.ckpt")
    with pytest.raises(InputError, match=r"names 'os\.system' as its head, which is no c"):
        load(tmp_path / "strange.ckpt")


def test_a_network_of_another_modality_is_refused():
    network = text_classifier().network
    with pytest.raises(InputError, match="trains networks that read images, got one that reads te"):
        ImageContrastiveClassifier(network, *[None] * 4)


def test_rows_stand_in_the_order_anchor_positive_negative_with_shared_slots():
    model = text_classifier()
    batch = token_batch(model, k=2)
    rows = rows_of(batch, model.network.projector(model.encode(batch.inputs)))
    assert rows.role.tolist() == [Role.ANCHOR] * 4 + [Role.POSITIVE] * 4 + [Role.NEGATIVE] * 8
    assert (rows.slot // SLOTS).tolist() == [0, 1, 2, 3] * 2 + [0, 0, 1, 1, 2, 2, 3, 3]
    assert rows.label.tolist() == [0, 0, 1, 1] * 2 + [1, 1, 1, 1, 0, 0, 0, 0]
    assert torch.equal(rows.slot % SLOTS, rows.role)
    torch.testing.assert_close(rows.embedding.norm(dim=1), torch.ones(16))
    assert len(anchor_rows(rows, batch, model.symmetric, pair_sums=False).label) == 8
    model.symmetric = False
    assert len(anchor_rows(rows, batch, model.symmetric, pair_sums=False).label) == 4


def test_the_loss_is_the_weighted_sum_of_contrast_and_head():
    losses = {}
    for weights in ((1.0, 0.0), (0.0, 1.0), (2.0, 0.5)):
        model = text_classifier(contrast_weight=weights[0], head_weight=weights[1]).eval()
        losses[weights] = model.training_step(token_batch(model))
    expected = 2 * losses[1.0, 0.0] + 0.5 * losses[0.0, 1.0]
    torch.testing.assert_close(losses[2.0, 0.5], expected)


def test_one_view_a_row_is_enough_for_label_pairs():
    model = text_classifier(head_weight=0.0).eval()
    loss = model.training_step(token_batch(model, positives=False))
    loss.backward()
    assert loss > 0
    assert any(p.grad is not None and p.grad.any() for p in model.network.encoder.parameters())


def test_biases_have_no_weight_decay_and_the_head_has_its_own_rate(tmp_path):
    model = text_classifier(schedule=None, head_lr_factor=10.0)
    optimizer = model.configure_optimizers()
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            name = next(n for n, p in model.named_parameters() if p is parameter)
            assert group["lr"] == pytest.approx(
                0.01 if name.startswith("network.encoder.") else 0.1
            )
            assert (group["weight_decay"] == 0) == (parameter.ndim == 1)


def test_a_compiled_encoder_keeps_its_names():
    model = text_classifier()
    names = set(model.state_dict())
    model.network.encoder.compile()
    assert set(model.state_dict()) == names


def test_no_weight_at_all_is_refused():
    with pytest.raises(InputError, match="not both be 0"):
        text_classifier(contrast_weight=0.0, head_weight=0.0)
