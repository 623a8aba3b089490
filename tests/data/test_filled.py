"""Made images beside the real ones: of which classes, on which side, and what is refused."""

import numpy as np
import pytest
import torch

from lightning_contrast.build.parts import build_datamodule, build_module
from lightning_contrast.data.image import ImageDataModule
from lightning_contrast.data.prepare import prepare
from lightning_contrast.distributions.long_tail import LongTail
from lightning_contrast.errors import InputError
from lightning_contrast.modules import load
from lightning_contrast.modules.checkpoint import pack
from lightning_contrast.sources.digits import Digits
from tests.data.test_datamodule import Made
from tests.runs import composed

TAIL = LongTail(imbalance_factor=10, largest=20)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    """An untrained generator of digits."""
    small = ("source.per_class=6", "generator.widths=[8]", "encoder.widths=[6,8]")
    run = composed("modality=image", "recipe=reacgan", *small)
    network = build_module(run, build_datamodule(run)).network
    path = tmp_path_factory.mktemp("made") / "a.ckpt"
    kept = {"state_dict": {f"network.{k}": v for k, v in network.state_dict().items()}}
    pack(network, kept)
    torch.save(kept, path)
    return str(path)


def ready(checkpoint, **more):
    data = ImageDataModule(Digits(), distribution=TAIL, fill_from=checkpoint, **more)
    data.setup()
    return data


def test_every_class_has_as_many_training_rows_as_the_largest(checkpoint):
    bare = prepare(Digits(), distribution=TAIL)
    data = ready(checkpoint, batch_size=50)
    splits = data.splits
    label = splits.labelled.label
    assert np.bincount(label[bare.train]).min() == 2
    assert np.bincount(label[splits.train]).tolist() == [20] * 10
    assert data.counts["made"] == 200 - len(bare.train) and data.counts["train"] == 200
    assert np.array_equal(splits.train[: len(bare.train)], bare.train)
    assert np.array_equal(splits.validation, bare.validation)
    assert np.array_equal(splits.test, bare.test)
    columns = (splits.labelled.raw, label, splits.labelled.group, splits.labelled.split)
    assert {len(column) for column in columns} == {len(bare.labelled.label) + data.counts["made"]}
    seen = torch.cat([batch.label for batch in data.train_dataloader()])
    assert seen.bincount().tolist() == [40] * 10  # each row and a view of it


def test_made_rows_are_what_the_generator_makes_of_their_classes(checkpoint):
    data = ready(checkpoint, seed=3)
    labelled, train = data.splits.labelled, data.splits.train
    made = train[train >= len(labelled.label) - data.counts["made"]]
    expected = load(checkpoint).generate(labelled.label[made].tolist(), seed=3)
    found = labelled.raw[made]
    assert torch.equal(found, (expected * 255).round().to(torch.uint8))
    other = ready(checkpoint, seed=4).splits.labelled.raw[made]
    assert not torch.equal(found, other)


def test_a_trained_classifier_is_given_no_made_rows(checkpoint):
    data = ImageDataModule(Digits(), fill_from=checkpoint)
    data.whole = 2
    splits = prepare(Digits(), distribution=TAIL)
    assert data.completed(splits) is splits


def test_weights_and_attributes_of_made_rows(checkpoint):
    class Weighted(Digits):
        def load(self):
            own = super().load()
            rows = np.arange(len(own.label))
            weight = np.full(len(rows), 2, dtype=np.float32)
            return own._replace(weight=weight, attributes={"pen": rows.astype(str)})

    data = ImageDataModule(Weighted(), distribution=TAIL, fill_from=checkpoint)
    data.setup()
    labelled, made = data.splits.labelled, data.counts["made"]
    assert set(labelled.weight[-made:]) == {1.0} and set(labelled.weight[:-made]) == {2.0}
    assert labelled.weight.dtype == np.float32
    assert set(labelled.attributes["pen"][-made:]) == {"made"}


class Larger(Digits):
    def load(self):
        own = super().load()
        pixels = own.raw[np.arange(len(own.label))].repeat(1, 1, 2, 2)
        return own._replace(raw=type(own.raw)(pixels))


class Several(Digits):
    def load(self):
        own = super().load()
        return own._replace(identity=np.arange(len(own.label)))


def test_what_can_not_fill_is_one_line(checkpoint, tmp_path):
    plain = composed("modality=image", "source.per_class=6")
    network = build_module(plain, build_datamodule(plain)).network
    kept = {"state_dict": {f"network.{k}": v for k, v in network.state_dict().items()}}
    pack(network, kept)
    torch.save(kept, tmp_path / "b.ckpt")
    wrong = {
        "makes no images: give best.ckpt of a run with recipe=reacgan": (
            Digits(),
            tmp_path / "b.ckpt",
        ),
        "no checkpoint at": (Digits(), tmp_path / "c.ckpt"),
        "makes other classes": (Made("image"), checkpoint),
        r"makes images of 1 x 8 x 8, and the source's have 1 x 16 x 16": (Larger(), checkpoint),
        "set datamodule.fill_from=null": (Several(), checkpoint),
    }
    for line, (source, path) in wrong.items():
        with pytest.raises(InputError, match=line) as caught:
            ImageDataModule(source, fill_from=str(path)).setup()
        assert "\n" not in str(caught.value)
