"""Sources of boxes: what they read, and each mistake in one line."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lightning_contrast.data.box_table import BoxTable
from lightning_contrast.data.prepare import prepare
from lightning_contrast.data.relabel import renumbered
from lightning_contrast.errors import InputError
from lightning_contrast.sources._drawing import covered
from lightning_contrast.sources.coco import Coco
from lightning_contrast.sources.scenes import Scenes
from tests.made_boxes import COLOURS, write_boxes


@pytest.fixture
def made(tmp_path):
    """The arguments of a source, and a function that changes its file."""
    path = write_boxes(tmp_path, images=12)
    content = json.loads(path.read_text())

    def change(what):
        what(content)
        path.write_text(json.dumps(content))

    return {"path": str(path), "images": str(tmp_path / "pictures"), "size": 16}, change


def test_boxes_are_shares_of_squeezed_images(made):
    rows = Coco(**made[0]).load()
    content = json.loads(Path(made[0]["path"]).read_text())
    assert rows.classes == tuple(COLOURS) and rows.counts["boxes"] == len(rows.boxes.row)
    first = content["annotations"][0]
    left, top, wide, high = first["bbox"]
    np.testing.assert_allclose(
        rows.boxes.box[0], [left / 48, top / 32, (left + wide) / 48, (top + high) / 32], rtol=1e-6
    )
    assert rows.boxes.row[0] == first["image_id"] - 100
    image = rows.raw[rows.boxes.row[:1]][0]
    x, y = ((rows.boxes.box[0, :2] + rows.boxes.box[0, 2:]) / 2 * 16).astype(int)
    colour = list(COLOURS.values())[rows.boxes.label[0]]
    assert np.abs(image[:, y, x].numpy().astype(int) - colour).max() < 40
    table = BoxTable(rows.boxes, len(rows.label))(np.array([0, 5, rows.boxes.row[0]]))
    assert (table[:2, :, 0] == -1).all() and table[2, 0, 0] == rows.boxes.label[0]


def test_the_label_of_an_image_is_its_rarest_class_and_others_are_background(made):
    rows = Coco(**made[0]).load()
    sizes = np.bincount(rows.boxes.label)
    for row in range(len(rows.label)):
        own = rows.boxes.label[rows.boxes.row == row]
        expected = min(own, key=lambda c: sizes[c]) if len(own) else sizes.argmax()
        assert sizes[rows.label[row]] == sizes[expected]
    only = Coco(**made[0], classes=["blue"]).load()
    assert only.classes == ("blue",) and len(only.boxes.row) == sizes[rows.classes.index("blue")]
    assert len(prepare(Coco(**made[0], classes=["blue"])).train), "one class is enough"
    turned = renumbered(rows, ["blue", "green", "red"])
    assert turned.boxes.label.tolist() == (2 - rows.boxes.label).tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c["annotations"][0].update(bbox=[40, 2, 10, 5]),
         r"boxes.json: annotation 1: bbox \[40, 2, 10, 5\] must lie in its image of 48 x 32 pix"),
        (lambda c: c["annotations"][0].update(bbox=[4, 2, 0, 5]), r"width and height above 0"),
        (lambda c: c["annotations"][0].update(bbox=[4, 2, "a", 5]), r"bbox must be \[left, top"),
        (lambda c: c["annotations"][0].update(bbox=[4, 2, float("nan"), 5]), r"must lie in its"),
        (lambda c: c["annotations"][0].update(category_id=7),
         r"annotation 1: category 7 is not in the file, which has 10, 20, 30"),
        (lambda c: c["images"][3].update(file_name="gone.png"),
         r"image 103: .*gone.png does not exist; the file names are below source.images"),
        (lambda c: c["images"][3].update(width=50),
         r"image 103: 003.png has 48 x 32 pixels, and the file says 50 x 32"),
    ],
)  # fmt: skip
def test_a_bad_image_is_named_and_can_be_left_out(made, change, words):
    arguments, apply = made
    apply(change)
    with pytest.raises(InputError, match=words) as error:
        Coco(**arguments).load()
    assert "\n" not in str(error.value) and "source.skip_bad_rows=true" in str(error.value)
    rows = Coco(**arguments, skip_bad_rows=True).load()
    assert len(rows.label) == 11 and rows.counts["skipped"] == 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda c: c["annotations"][0].update(image_id=1), r"is of image 1, and there is no such"),
        (lambda c: c.pop("categories"), r"lists images, annotations, categories, and categories"),
        (lambda c: c["images"][2].pop("file_name"), r"entry 2 of images must have id, file_name"),
        (lambda c: c["annotations"].clear(), r"the source holds no box"),
        (lambda c: c["images"][3].update(id=101), r"two of images have id 101"),
        (lambda c: c["categories"][0].update(id=20), r"two of categories have id 20"),
    ],
)
def test_a_broken_file_is_told(made, change, words):
    made[1](change)
    with pytest.raises(InputError, match=words) as error:
        Coco(**made[0]).load()
    assert "\n" not in str(error.value)


def test_other_mistakes_are_one_line_each(made, tmp_path):
    (tmp_path / "broken.json").write_text('{"images": [')
    with pytest.raises(InputError, match=r"broken.json can't be read as JSON \(Expecting value"):
        Coco(**made[0] | {"path": str(tmp_path / "broken.json")}).load()
    with pytest.raises(InputError, match=r"no image has a box of class cat; there are red, green"):
        Coco(**made[0], classes=["cat"]).load()
    with pytest.raises(InputError, match=r"set source.min_rows=1"):
        Coco(**made[0], min_rows=2).load()
    with pytest.raises(InputError, match=r"source.images: the folder .* does not exist"):
        Coco(made[0]["path"], str(tmp_path / "none")).check_files()


def test_crowds_are_counted_and_a_turned_photograph_is_measured_upright(made):
    arguments, apply = made

    def change(content):
        content["annotations"][0]["iscrowd"] = 1
        content["images"][0] |= {"width": 32, "height": 48}
        content["annotations"] = [a for a in content["annotations"] if a["image_id"] != 100]

    apply(change)
    file = f"{arguments['images']}/000.png"
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.open(file).save(file, exif=exif)
    rows = Coco(**arguments).load()
    assert rows.counts["crowds"] == 1 and len(rows.label) == 12


def test_files_of_their_own_are_sides(made, tmp_path):
    other = write_boxes(tmp_path / "test", images=4)
    folders = {"test_path": str(other), "test_images": str(other.parent / "pictures")}
    rows = Coco(**made[0], **folders).load()
    assert rows.split.tolist() == [-1] * 12 + [2] * 4


def test_scenes_are_made_alike_by_one_seed_and_hold_what_their_boxes_say():
    few = {"train": 30, "validation": 4, "test": 6}
    one, again, other = (Scenes(**few, seed=seed).load() for seed in (0, 0, 1))
    every = np.arange(40)
    assert np.array_equal(one.raw[every], again.raw[every])
    assert np.array_equal(one.boxes.box, again.boxes.box)
    assert not np.array_equal(one.raw[every], other.raw[every])
    assert one.split.tolist() == [0] * 30 + [1] * 4 + [2] * 6
    box = one.boxes.box
    assert (box[:, :2] < box[:, 2:]).all() and box.min() >= 0 and box.max() <= 1
    assert np.bincount(one.boxes.row, minlength=40).max() <= 4
    for row in range(40):
        own = (box[one.boxes.row == row] * 64).round().astype(int).tolist()
        for at, each in enumerate(own):
            assert all(covered(each, before) <= 0.2 for before in own[:at])
    bare = Scenes(**few, distractors=[0, 0], objects=[1, 1]).load()
    empty = Scenes(**few, distractors=[0, 0], objects=[0, 0])
    with pytest.raises(InputError, match=r"holds no box"):
        empty.load()
    assert len(bare.boxes.row) == 40


def test_scenes_of_some_classes_hold_no_others_and_strange_ones_are_told():
    rows = Scenes(train=20, validation=2, test=2, classes=["3", "7"]).load()
    assert rows.classes == ("3", "7")
    with pytest.raises(InputError, match=r"digits has no class 'cat', it has 0, 1"):
        Scenes(train=2, validation=0, test=0, classes=["cat"]).load()
    with pytest.raises(InputError, match=r"set source.objects=\[1, 4\]"):
        Scenes(objects=[3, 1])
    with pytest.raises(InputError, match=r"source.sides must be two numbers"):
        Scenes(sides=[0.2, 0.3, 0.4])
