"""Mixing of images for the classification loss."""

import pytest
import torch

from lightning_contrast.heads.linear import LinearHead
from tests.choices import build, names

MIXING = [name for name in names("mix") if name != "none"]


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


def distinct(rows: int, channels: int = 1, size: int = 28) -> torch.Tensor:
    """Image ``i`` is ``i + 1`` everywhere, over the number of images."""
    values = (torch.arange(rows) + 1.0) / rows
    return values.view(rows, 1, 1, 1).expand(rows, channels, size, size).clone()


@pytest.mark.parametrize("name", MIXING)
@pytest.mark.parametrize(("channels", "size"), [(1, 28), (3, 8), (3, 33)])
def test_the_target_is_the_share_of_each_class_in_the_pixels(name, channels, size):
    rows = 40
    images = distinct(rows, channels, size)
    kept = images.clone()
    mixed, target = build("mix", name)(images, torch.arange(rows), classes=rows)
    assert mixed.shape == images.shape and torch.equal(images, kept)
    # Each image is of one value, so the mean of a mixed one is the target's mean of the values.
    torch.testing.assert_close(mixed.mean((1, 2, 3)), target @ images[:, 0, 0, 0])
    torch.testing.assert_close(target.sum(1), torch.ones(rows))
    assert ((target > 0).sum(1) <= 2).all()
    assert len(target.amax(1).unique()) > rows / 4, "each image has its own share"


def test_a_cut_is_one_rectangle_of_the_images_shape():
    images = distinct(200, size=20)
    mixed, _ = build("mix", "cutmix")(images, torch.arange(200), 200)
    for image, own in zip(mixed[:, 0], images[:, 0], strict=True):
        changed = (image - own).abs() > 1e-6
        down, across = changed.any(1).sum(), changed.any(0).sum()
        assert changed.sum() == down * across
        assert image[changed].unique().numel() <= 1
    clipped = mixed[:, 0, 10, :] != images[:, 0, 10, :]
    assert clipped.any()


def test_half_the_images_stay_of_probability_one_half():
    images = distinct(2000, size=4)
    mixed, target = build("mix", "mixup").__class__(1.0, 0.5)(
        images, torch.arange(2000) % 7, classes=7
    )
    same = (mixed == images).all((1, 2, 3)).flatten()
    assert 0.45 < same.float().mean() < 0.56
    assert (target[same].amax(1) == 1).all()


def test_large_alpha_mixes_evenly_and_small_alpha_hardly():
    images, label = distinct(1000, size=2), torch.arange(1000)
    even, hardly = (
        build("mix", "mixup").__class__(alpha)(images, label, 1000)[1].amax(1)
        for alpha in (100.0, 0.01)
    )
    assert even.mean() < 0.6 and (hardly > 0.99).float().mean() > 0.9


@pytest.mark.parametrize("name", MIXING)
def test_the_seed_of_torch_decides(name):
    images, label, mix = torch.rand(9, 1, 8, 8), torch.arange(9) % 3, build("mix", name)
    first, other = ((torch.manual_seed(1), mix(images, label, 3))[1], mix(images, label, 3))
    again = (torch.manual_seed(1), mix(images, label, 3))[1]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], other[0])


@pytest.mark.parametrize("name", names("mix"))
def test_unlabelled_rows_bring_no_target(name):
    label = torch.tensor([-1, -1, 2, -1])
    _, target = build("mix", name)(torch.rand(4, 1, 6, 6), label, 3)
    head = LinearHead(5, 3, label_smoothing=0.1)
    total, weight = head.loss(torch.rand(4, 5), target)
    assert 0 < weight <= 1.0001 or (name != "none" and weight < 2)
    assert total.isfinite()
    if target.is_floating_point():
        assert (target[:, :2] == 0).all()
        torch.testing.assert_close(weight, target.sum())


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_of_a_sure_soft_target_is_that_of_the_class(smoothing):
    head, features = LinearHead(5, 3, label_smoothing=smoothing), torch.randn(7, 5)
    label = torch.tensor([0, 1, 2, -1, 1, 0, 2])
    sure = torch.nn.functional.one_hot(label.clamp_min(0), 3) * (label >= 0)[:, None].float()
    for one, expected in zip(head.loss(features, sure), head.loss(features, label), strict=True):
        torch.testing.assert_close(one, expected)


def test_the_loss_of_a_soft_target_is_linear_in_it():
    head, features = LinearHead(5, 3), torch.randn(7, 5)
    label, other = torch.randint(0, 3, (2, 7))
    soft = 0.3 * torch.eye(3)[label] + 0.7 * torch.eye(3)[other]
    expected = 0.3 * head.loss(features, label)[0] + 0.7 * head.loss(features, other)[0]
    torch.testing.assert_close(head.loss(features, soft)[0], expected)
