import re

import numpy as np
import pytest
import torch
from PIL import Image

from lightning_contrast.evaluation.images import picture
from lightning_contrast.evaluation.plots import read_curves
from lightning_contrast.evaluation.projection import plot_projection
from lightning_contrast.evaluation.report import write_report
from lightning_contrast.evaluation.style import colours, plain
from lightning_contrast.sources.images import InMemoryImages
from lightning_contrast.types import Embedded, Labelled

# Names that matplotlib, HTML and the font would each trip over.
CLASSES = ("a $x$ & <b>", "_hidden", "新闻")
CURVES = "epoch,step,train/loss,validation/accuracy,validation/loss\n"
CURVES += "0,9,1.5,,\n0,10,,0.5,1.25\n1,19,nan,,\n1,20,,0.75,1.0\n"


def split(n=30, seed=0):
    generator = torch.Generator().manual_seed(seed)
    label = torch.arange(n) % 3
    rows = torch.eye(3)[label] + 0.4 * torch.randn(n, 3, generator=generator)
    return Embedded(rows, rows, 3 * rows, label, torch.arange(n))


def labelled_rows(modality, n=30, channels=3):
    order = np.arange(n)
    if modality == "text":
        raw = [f"row {i} <script>alert(1)</script> " + "word " * 200 for i in range(n)]
    else:
        images = torch.randint(256, (n, channels, 9, 12), dtype=torch.uint8)
        raw = InMemoryImages(images)
    return Labelled(raw, split(n).label.numpy(), CLASSES, order, order, {"duplicates": 1234})


@pytest.mark.parametrize("modality", ["text", "image"])
def test_the_page_holds_everything_and_refers_to_nothing_outside(tmp_path, modality):
    csv = tmp_path / "metrics.csv"
    csv.write_text(CURVES)
    figures = {"test/accuracy": 0.9, "baseline/majority/test/accuracy": 0.3}
    test = split()
    path = tmp_path / "report.html"
    drawn = write_report(
        path,
        "supcon & co",
        figures,
        "loss: <x>",
        test,
        test,
        labelled_rows(modality),
        modality,
        csv,
    )
    names = {"curves", "confusion", "projection"} | (
        {"neighbours"} if modality == "image" else set()
    )
    assert set(drawn) == names
    assert all(png.parent == tmp_path / "plots" for png in drawn.values())
    for png in drawn.values():
        assert np.asarray(Image.open(png).convert("L")).std() > 5  # not an empty sheet
    page = path.read_text(encoding="utf-8")
    wrong = int((test.logits.argmax(1) != test.label).sum())
    assert 0 < wrong < 24
    thumbnails = wrong if modality == "image" else 0
    assert page.count("data:image/png;base64,") == len(drawn) + thumbnails
    assert not re.search(r'(src|href)="(?!data:)', page)
    for text in ("90.00 %", "majority", "1,234", "supcon &amp; co", "loss: &lt;x&gt;", "新闻"):
        assert text in page
    assert "<script" not in page
    assert page.count('class="wrong"') == wrong


def test_a_page_without_curves_mistakes_or_test_rows_is_still_written(tmp_path):
    rows, test = labelled_rows("image"), split()
    right = test._replace(logits=torch.eye(3)[test.label])
    drawn = write_report(tmp_path / "a.html", "a", {}, "", test, right, rows, "image")
    assert set(drawn) == {"confusion", "projection", "neighbours"}
    assert "No test row was predicted wrongly" in (tmp_path / "a.html").read_text("utf-8")
    empty = Embedded(*(column[:0] for column in test))
    assert write_report(tmp_path / "b.html", "b", {}, "", test, empty, rows, "image") == {}


def test_curves_leave_out_empty_cells_and_numbers_that_are_not_finite(tmp_path):
    (tmp_path / "metrics.csv").write_text(CURVES)
    curves = read_curves(tmp_path / "metrics.csv")
    assert {name: (list(x), list(y)) for name, (x, y) in curves.items()} == {
        "train/loss": ([9], [1.5]),
        "validation/accuracy": ([10, 20], [0.5, 0.75]),
        "validation/loss": ([10, 20], [1.25, 1.0]),
    }


@pytest.mark.parametrize("rows", [1, 2, 7, 40])
@pytest.mark.parametrize("collapsed", [False, True])
def test_a_projection_is_drawn_of_few_rows_and_of_equal_rows(tmp_path, rows, collapsed):
    part = split(rows)
    if collapsed:
        part = part._replace(embedding=torch.ones(rows, 3))
    assert plot_projection(part, CLASSES, tmp_path / "p.png").is_file()


@pytest.mark.parametrize(("channels", "shape"), [(1, (9, 12)), (3, (9, 12, 3)), (4, (9, 12, 3))])
def test_a_picture_is_grey_or_coloured(channels, shape):
    assert picture(labelled_rows("image", channels=channels).raw, 2).shape == shape


def test_colours_differ_and_long_names_are_cut():
    assert len(set(colours(200))) == 200
    assert plain("n" * 99) == "n" * 23 + "…"
