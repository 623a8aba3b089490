"""A run that finds boxes: trained, broken off, judged, used, exported, taken further."""

import json
from contextlib import redirect_stdout
from io import StringIO

import numpy as np
import onnxruntime
import pytest
import torch
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from lightning_contrast.build.parts import build_datamodule, build_module
from lightning_contrast.commands.export import export
from lightning_contrast.commands.predict import predict
from lightning_contrast.config.construct import construct
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.load import load_subject
from lightning_contrast.modules import load
from lightning_contrast.training.run import train
from tests.made_boxes import COLOURS, write_boxes
from tests.runs import composed
from tests.surviving.broken_off import differing, fit

TINY = [
    *("modality=image", "source=coco", "source.size=32", "datamodule.batch_size=8"),
    *("trainer.accelerator=cpu", "logger=none", "quiet=true"),
    *("encoder.widths=[16]", "encoder.patch=4", "encoder.blocks=1"),
]


def config(folder, *overrides, recipe="detection_contrast"):
    path = folder / "boxes.json"
    if not path.exists():
        write_boxes(folder, 100)
    own = [f"source.path={path}", f"source.images={folder / 'pictures'}"]
    return composed(f"recipe={recipe}", *TINY, *own, *overrides)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("detection")
    more = ("trainer.max_epochs=10", "optimizer.lr=0.01")
    return folder / "run", train(config(folder, *more), folder / "run")


def test_boxes_are_learnt_and_judged(run):
    folder, result = run
    assert result["test/ap50"] > 0.4 and result["validation/ap50"] > 0.4
    figures = json.loads((folder / "evaluation/metrics.json").read_text())
    assert figures["boxes/ap50"] == pytest.approx(result["test/ap50"])
    assert figures["boxes/ap50/red"] > 0.2
    card = (folder / "model_card.md").read_text()
    assert "Finds boxes of 3 classes in images: red, green, blue" in card
    assert "may take for one of its 3 classes" in card and "are not calibrated.\n" in card
    assert "AP50" in (folder / "report.html").read_text()
    assert (folder / "evaluation/plots/boxes_images.png").stat().st_size > 5000


def test_results_in_the_form_of_coco_are_those_of_the_protocol(run, tmp_path):
    folder, result = run
    network = load(folder / "checkpoints/best.ckpt")
    coco = folder.parent / "boxes.json"
    content = json.loads(coco.read_text())
    names = [str(folder.parent / "pictures" / each["file_name"]) for each in content["images"]]
    predict(network, names, tmp_path / "found.json", batch_size=7, coco=coco)
    subject = load_subject(folder / "checkpoints/best.ckpt", tmp_path)
    tested = [100 + int(row) for row in subject.datamodule.splits.test]
    with redirect_stdout(StringIO()):
        truth = COCO(str(coco))
        judge = COCOeval(truth, truth.loadRes(str(tmp_path / "found.json")), "bbox")
        judge.params.imgIds = tested
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    assert judge.stats[1] == pytest.approx(result["test/ap50"], abs=0.02)  # rounded pixels
    predict(network, names[:2], tmp_path / "found.csv", abstain_below=0.3)
    lines = (tmp_path / "found.csv").read_text().split()
    assert lines[0] == "row,input,left,top,width,height,label,probability"
    predict(network, [np.zeros((32, 48, 3), np.uint8)], tmp_path / "a.json", abstain_below=1.0)
    assert json.loads((tmp_path / "a.json").read_text()) == []
    with pytest.raises(InputError, match=r"call boxes\(images\)"):
        network.predict(names)
    Image.new("RGB", (48, 32)).save(tmp_path / "x.png")
    with pytest.raises(InputError, match=r"row 1: x.png is none of the images in the file"):
        predict(network, [str(tmp_path / "x.png")], tmp_path / "b.json", coco=coco)
    with pytest.raises(InputError, match=r"has no lists of images"):
        predict(network, names, tmp_path / "b.json", coco=str(tmp_path / "found.json"))


@pytest.mark.slow
def test_an_exported_detector_gives_the_box_of_each_cell(run, tmp_path):
    network = load(run[0] / "checkpoints/best.ckpt")
    export(network, tmp_path / "exported")
    images = torch.rand(3, 3, 32, 32)
    session = onnxruntime.InferenceSession(str(tmp_path / "exported/model.onnx"))
    names = [each.name for each in session.get_outputs()]
    assert names == ["probabilities", "embedding", "logits", "boxes"]
    chances, _, _, boxes = session.run(None, {"images": images.numpy()})
    assert chances.shape == (3, 64, 3) and boxes.shape == (3, 64, 4)
    with torch.no_grad():
        expected = network.head.boxes(network.encode_as_trained(images))
    np.testing.assert_allclose(boxes, expected, atol=1e-5)
    told = json.loads((tmp_path / "exported/preprocessing.json").read_text())
    assert "boxes" in told["outputs"] and "resize" in " ".join(told["steps"])


@pytest.mark.slow
def test_a_detector_learns_a_new_class_beside_the_old_ones_and_what_it_forgets_is_told(
    run, tmp_path
):
    folder = run[0].parent
    old = config(folder, "source.classes=[red,blue]", "trainer.max_epochs=2")
    train(old, tmp_path / "old")
    first = tmp_path / "old/checkpoints/best.ckpt"
    overrides = (f"start_from={first}", "source.per_class=4", "trainer.max_epochs=1")
    novel = "protocols.boxes.novel=[green]"
    new = config(folder, *overrides, novel, recipe="detection_few_shot")
    datamodule = build_datamodule(new)
    network, before = build_module(new, datamodule).network, load(first)
    for own, given in zip(network.encoder.parameters(), before.encoder.parameters(), strict=True):
        assert torch.equal(own, given)
    numbers = [network.classes.index(name) for name in before.classes]
    assert torch.equal(network.head.heat.weight[numbers], before.head.heat.weight)
    assert torch.equal(network.head.sides.weight, before.head.sides.weight)
    result = train(new, tmp_path / "new")
    assert result["rows/train"] == 12
    subject = load_subject(tmp_path / "new/checkpoints/best.ckpt", tmp_path)
    subject.reference = load_subject(run[0] / "checkpoints/best.ckpt", tmp_path)
    figures = construct(new["protocols"]["boxes"])(subject).figures
    base = np.mean([figures["boxes/ap50/red"], figures["boxes/ap50/blue"]])
    assert figures["boxes/ap50_base"] == pytest.approx(base)
    assert figures["boxes/ap50_novel"] == figures["boxes/ap50/green"]
    scores = subject.reference.boxes("test").scores(tuple(COLOURS))
    before = np.mean([scores["ap50/red"], scores["ap50/blue"]])
    assert figures["boxes/forgotten"] == pytest.approx(before - base)


@pytest.mark.parametrize(
    ("recipe", "more"),
    [
        ("detection_contrast", ["unit.proposals=2"]),
        ("dense", []),
        pytest.param("detection", [], marks=pytest.mark.slow),
        pytest.param("detection_few_shot", ["start_from=null"], marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_broken_off_ends_with_the_weights_of_the_one_that_was_not(
    recipe, more, tmp_path
):
    tiny = config(tmp_path, "trainer.max_epochs=2", *more, recipe=recipe)
    whole = fit(tiny, tmp_path / "whole")
    assert fit(tiny, tmp_path / "again", 3) is None
    assert differing(whole, fit(tiny, tmp_path / "again")) == []


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        (["view=weak"], r"moves or hides some: set view=identity"),
        (["baselines=true"], r"the baselines classify whole rows, .* set baselines=false"),
        (["encoder.dense=false"], r"head Centers judges places: set encoder.dense=true"),
        (["protocols.boxes.novel=[cat]"], r"protocols.boxes.novel names 'cat'"),
        (["start_from=none.ckpt"], r"no checkpoint at none.ckpt"),
    ],
)
def test_parts_that_do_not_fit_are_told_in_one_line(tmp_path, overrides, words):
    with pytest.raises(InputError, match=words) as error:
        train(config(tmp_path, "trainer.max_epochs=1", *overrides), tmp_path / "run")
    assert "\n" not in str(error.value)


def test_images_without_boxes_and_heads_that_find_none_are_told(tmp_path):
    run = composed("recipe=detection", "modality=image", "source=digits", *TINY[3:8])
    with pytest.raises(InputError, match=r"head Centers learns from boxes, and source Digits has"):
        train(run, tmp_path / "run")
    words = [*TINY[4:8], "source=scenes", "source.train=60", "modality=image"]
    with pytest.raises(InputError, match=r"source Scenes labels boxes in images, and head Linear"):
        train(composed("recipe=supcon", *words), tmp_path / "other")
