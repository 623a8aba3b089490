"""Towers: each row through the encoder of its modality, into one space."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from lightning_contrast.batch import Batch, Counts, cut, rows_of
from lightning_contrast.config.construct import construct
from lightning_contrast.config.description import describe
from lightning_contrast.encoders.towers import Towers
from lightning_contrast.engine.contrast import Contrast
from lightning_contrast.engine.grad_cache import encode_in_chunks
from lightning_contrast.errors import InputError
from lightning_contrast.losses.clip import Clip
from lightning_contrast.losses.sigmoid import Sigmoid
from lightning_contrast.miners.keep_all import KeepAll
from lightning_contrast.modules.parameters import parameter_groups
from lightning_contrast.pairings.instance import Instance
from lightning_contrast.types import Mixed, Pairs
from tests.choices import build
from tests.told import READS, WORDS

SENTENCES = ["one two", "three four five", "six", "seven one", "two three"]


def towers(**settings):
    torch.manual_seed(0)
    image = build("encoder", "convnet", channels=3, image_size=8)
    return Towers({"image": image, "text": build("encoder", "bag", **READS)}, width=7, **settings)


def mixed(order):
    """Rows of both kinds in an order of ``i`` and ``t``."""
    order = np.array(list(order))
    images = torch.rand(
        int((order == "i").sum()), 3, 8, 8, generator=torch.Generator().manual_seed(0)
    )
    texts = WORDS.batch(SENTENCES[: (order == "t").sum()])
    return Mixed(
        {"image": images, "text": texts},
        {"image": np.flatnonzero(order == "i"), "text": np.flatnonzero(order == "t")},
    )


@pytest.mark.parametrize("order", ["iiitt", "ttiii", "ititi", "titii"])
def test_a_row_has_the_features_of_its_own_tower_wherever_it_stands(order):
    encoder, inputs = towers().eval(), mixed(order)
    found = encoder(inputs)
    for name, rows in inputs.rows.items():
        expected = encoder.maps[name](encoder.encoders[name](inputs.parts[name]))
        torch.testing.assert_close(found[torch.from_numpy(rows)], expected)


@pytest.mark.parametrize("order", ["iiitt", "ititi"])
def test_any_cut_of_mixed_rows_has_the_features_of_those_rows(order):
    encoder, inputs = towers().eval(), mixed(order)
    whole = encoder(inputs)
    for start in range(5):
        for stop in range(start + 1, 6):
            part = cut(inputs, start, stop)
            assert len(part) == stop - start
            torch.testing.assert_close(encoder(part), whole[start:stop])


def test_chunks_have_the_gradient_of_the_whole_batch():
    encoder, inputs = towers(), mixed("iittt")
    encoder.eval()
    other = copy.deepcopy(encoder)
    target = torch.randn(5, 7)
    (encoder(inputs) * target).sum().backward()
    (encode_in_chunks(other, inputs, 2) * target).sum().backward()
    for one, two in zip(encoder.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(one.grad, two.grad)


def test_a_locked_tower_keeps_its_weights_and_has_no_dropout_and_no_gradient():
    encoder = towers(locked=["image"]).train()
    assert not encoder.encoders["image"].training and encoder.encoders["text"].training
    encoder(mixed("iit")).sum().backward()
    assert all(p.grad is None for p in encoder.encoders["image"].parameters())
    assert all(p.grad is not None for p in encoder.maps.parameters())


def test_a_tower_may_have_a_learning_rate_of_its_own():
    encoder = towers(lr_factors={"text": 0.1})
    groups = parameter_groups(encoder.named_parameters(), 0.5, encoder.lr_factor)
    rates = {id(p): group["lr"] for group in groups for p in group["params"]}
    for name, rate in (("image", 0.5), ("text", 0.05)):
        own = [*encoder.encoders[name].parameters(), *encoder.maps[name].parameters()]
        assert {rates[id(p)] for p in own} == {rate}


def test_a_checkpoint_can_say_how_to_build_it_again():
    encoder = towers(locked=["image"], lr_factors={"text": 0.1})
    again = construct(describe(encoder))
    again.load_state_dict(encoder.state_dict())
    inputs = mixed("iit")
    torch.testing.assert_close(again.eval()(inputs), encoder.eval()(inputs))


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"towers": {}}, "must name an encoder for each modality, got none"),
        (
            {"towers": {"text": build("encoder", "convnet", channels=1, image_size=8)}},
            "reads images",
        ),
        ({"locked": ["sound"]}, "encoder.locked names 'sound', and the towers are image, text"),
        ({"lr_factors": {"sound": 1.0}}, "encoder.lr_factors names 'sound'"),
        ({"lr_factors": {"text": -1.0}}, "each value a number of at least 0"),
        ({"lr_factors": {"text": float("nan")}}, "each value a number of at least 0"),
        ({"locked": ["image", "text"]}, "names every tower"),
    ],
)
def test_what_no_run_could_mean_is_said_in_one_line(settings, line):
    given = {"towers": towers().towers} | settings
    with pytest.raises(InputError, match=line) as caught:
        Towers(**given)
    assert "\n" not in str(caught.value)


def batch_of(features, index):
    n = len(index)
    rows = Batch(features, torch.zeros(2 * n).long(), torch.tensor(index * 2), Counts(n, 1, 0))
    return rows_of(rows, features)


def open_clip_loss(image, text, scale):
    """The cross-entropy of both ways, as open_clip's ``ClipLoss`` has it on one process."""
    logits = scale * image @ text.T
    own = torch.arange(len(image))
    both = nn.functional.cross_entropy(logits, own) + nn.functional.cross_entropy(logits.T, own)
    return both / 2


def siglip_loss(image, text, scale, bias):
    """The sum over all pairs by the batch size, as in the paper's pseudo code."""
    logits = scale * image @ text.T + bias
    sign = 2 * torch.eye(len(image)) - 1
    return -nn.functional.logsigmoid(sign * logits).sum() / len(image)


@pytest.mark.parametrize("block_rows", [None, 3])
def test_on_pictures_and_captions_the_contrast_is_the_loss_of_clip(block_rows):
    torch.manual_seed(0)
    raw = torch.randn(2, 8, 5, dtype=torch.float64)
    loss = Clip(initial_temperature=0.2).double()
    contrast = Contrast(Instance(cross_view=True), KeepAll(), loss, block_rows)
    ours = raw.reshape(16, 5).clone().requires_grad_()
    rows = batch_of(ours, list(range(8)))
    total, weight = contrast(rows, rows)
    (total / weight).backward()
    theirs = raw.clone().requires_grad_()
    scale = torch.tensor(5.0, dtype=torch.float64, requires_grad=True)
    expected = open_clip_loss(*nn.functional.normalize(theirs, dim=-1), scale)
    expected.backward()
    torch.testing.assert_close(total / weight, expected)
    torch.testing.assert_close(ours.grad.view(2, 8, 5), theirs.grad)
    torch.testing.assert_close(loss.log_inverse_temperature.grad, scale.grad * 5)


def test_with_the_sigmoid_loss_it_is_that_of_siglip():
    torch.manual_seed(0)
    raw = torch.randn(2, 8, 5, dtype=torch.float64)
    loss = Sigmoid(initial_temperature=0.2, initial_bias=-3.0).double()
    ours = raw.reshape(16, 5).clone().requires_grad_()
    rows = batch_of(ours, list(range(8)))
    total, weight = Contrast(Instance(cross_view=True), KeepAll(), loss)(rows, rows)
    (total / weight).backward()
    theirs = raw.clone().requires_grad_()
    expected = siglip_loss(*nn.functional.normalize(theirs, dim=-1), 5.0, -3.0)
    expected.backward()
    torch.testing.assert_close(total / weight, expected)
    torch.testing.assert_close(ours.grad.view(2, 8, 5), theirs.grad)


def test_the_temperature_does_not_fall_below_its_least_value():
    loss = Clip(initial_temperature=0.01, least_temperature=0.01)
    with torch.no_grad():
        loss.log_inverse_temperature += 3
    same = Clip(initial_temperature=0.01, least_temperature=0.01)
    similarity = torch.tensor([[0.3, 0.2, 0.25]])
    mask = torch.tensor([[True, False, False]])

    assert loss(similarity, Pairs(mask, ~mask))[0] == same(similarity, Pairs(mask, ~mask))[0]
