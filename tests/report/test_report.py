import csv
import json
import re

import matplotlib
import numpy as np
import pytest
import torch
from matplotlib.colors import to_rgb
from PIL import Image

from lightning_contrast.evaluation.judge import judge, publish
from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.modalities.image import ImageModality
from lightning_contrast.protocols.accuracy import Accuracy
from lightning_contrast.report.findings import Findings, Plot, ReportTable, Share
from lightning_contrast.report.images import draw_neighbours
from lightning_contrast.report.plots import draw_confusion, draw_curves, read_curves
from lightning_contrast.report.projection import draw_projection
from lightning_contrast.report.reliability import draw_reliability
from lightning_contrast.report.report import Section, write_report
from lightning_contrast.report.style import STYLE, colours, new_figure, plain, save
from lightning_contrast.types import Embedded

# Names that matplotlib, HTML and the font would each trip over.
CLASSES = ("a $x$ & <b>", "_hidden", "新闻")
CURVES = "epoch,step,train/loss,validation/accuracy,validation/loss\n"
CURVES += "0,9,1.5,,\n0,10,,0.5,1.25\n1,19,nan,,\n1,20,,0.75,1.0\n"


def split(n=30, seed=0):
    generator = torch.Generator().manual_seed(seed)
    label = torch.arange(n) % 3
    rows = torch.eye(3)[label] + 0.4 * torch.randn(n, 3, generator=generator)
    return Embedded(rows, rows, 3 * rows, label, torch.arange(n))


def images(n=30, channels=3):
    return InMemoryImages(torch.randint(256, (n, channels, 9, 12), dtype=torch.uint8))


def a_line():
    figure = new_figure(2, 2)
    figure.subplots().plot([0, 1])
    return figure


SECTIONS = {
    "first": Section(
        "One & <two>",
        Findings(
            {"test/accuracy": 0.9},
            {
                "cells": ReportTable(
                    ("", "rate", "number", "text", "picture"),
                    [
                        ("a", Share(0.5), 1234, "<script>alert(1)</script>", None),
                        ("新闻", Share(1), -0.25, "b, c", ImageModality().show(images(), 0)),
                    ],
                    "A caption.",
                ),
                "none": ReportTable(("nothing",), []),
                "wide": ReportTable([f"c{i}" for i in range(60)], [list(range(60))]),
                "long": ReportTable(("row",), [[i] for i in range(300)]),
            },
            {"line": Plot(a_line, "A line.")},
            ["A note."],
        ),
    ),
    "second": Section("Second", Findings({"test/accuracy": 0.1, "b": 2.0})),
}


def test_the_page_holds_everything_and_refers_to_nothing_outside(tmp_path):
    drawn = write_report(
        tmp_path, "supcon & co", "note", SECTIONS, {"accuracy": Share(0.9)}, "loss: <x>"
    )
    assert drawn == {"first_line": tmp_path / "plots" / "first_line.png"}
    assert np.asarray(Image.open(drawn["first_line"]).convert("L")).std() > 5  # no empty sheet
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert page.count('src="data:image/png;base64,') == 2
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert "<script" not in page
    for text in (
        "90.00 %",
        "50.00 %",
        "1,234",
        "-0.250",
        "新闻",
        "supcon &amp; co",
        "loss: &lt;x&gt;",
    ):
        assert text in page
    for text in (
        "One &amp; &lt;two&gt;",
        "A caption.",
        "A note.",
        "A line.",
        "tables/first_wide.csv",
    ):
        assert text in page
    assert page.count("<tr>") == 1 + 2 + 1 + 200


def test_figures_are_flat_and_of_equal_names_the_first_counts(tmp_path):
    write_report(tmp_path, "a", "", SECTIONS)
    assert json.loads((tmp_path / "metrics.json").read_text()) == {"b": 2.0, "test/accuracy": 0.9}


def test_a_table_holds_its_numbers_as_they_are(tmp_path):
    write_report(tmp_path, "a", "", SECTIONS)
    names = {path.name for path in (tmp_path / "tables").iterdir()}
    assert names == {f"first_{name}.csv" for name in ("cells", "none", "wide", "long")}
    with open(tmp_path / "tables" / "first_cells.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows[1] == ["a", "0.5", "1234", "<script>alert(1)</script>", ""]
    assert rows[2] == ["新闻", "1.0", "-0.25", "b, c", ""]


def test_a_run_is_published_with_its_overview_and_its_protocols(subject, tmp_path):
    subject.directory = tmp_path
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "metrics.csv").write_text(CURVES)
    sections, _ = publish(subject, judge(subject), {"accuracy": Accuracy(resamples=20)})
    assert list(sections) == ["run", "accuracy"]
    plots = {path.stem for path in (tmp_path / "evaluation" / "plots").iterdir()}
    neighbours = {"run_neighbours"} if subject.modality.name == "image" else set()
    run = {"run_curves", "run_projection", *neighbours}
    assert plots == run | {"accuracy_confusion", "accuracy_reliability"}
    result = json.loads((tmp_path / "result.json").read_text())
    metrics = json.loads((tmp_path / "evaluation" / "metrics.json").read_text())
    assert metrics == result and "test/accuracy/low" in result


def test_curves_leave_out_empty_cells_and_numbers_that_are_not_finite(tmp_path):
    (tmp_path / "metrics.csv").write_text(CURVES)
    curves = read_curves(tmp_path / "metrics.csv")
    assert {name: (list(x), list(y)) for name, (x, y) in curves.items()} == {
        "train/loss": ([9], [1.5]),
        "validation/accuracy": ([10, 20], [0.5, 0.75]),
        "validation/loss": ([10, 20], [1.25, 1.0]),
    }
    assert save(lambda: draw_curves(tmp_path / "metrics.csv"), tmp_path / "curves.png").is_file()


def test_names_of_any_script_are_drawn(tmp_path):
    test = split()
    save(lambda: draw_confusion(np.eye(3, dtype=int), CLASSES), tmp_path / "confusion.png")
    save(lambda: draw_projection(test, CLASSES), tmp_path / "projection.png")
    save(lambda: draw_neighbours(test, test, images(), CLASSES), tmp_path / "neighbours.png")
    for path in tmp_path.iterdir():
        assert np.asarray(Image.open(path).convert("L")).std() > 5


@pytest.mark.parametrize("rows", [1, 2, 7, 40])
@pytest.mark.parametrize("collapsed", [False, True])
def test_a_projection_is_drawn_of_few_rows_and_of_equal_rows(tmp_path, rows, collapsed):
    part = split(rows)
    if collapsed:
        part = part._replace(embedding=torch.ones(rows, 3))
    assert save(lambda: draw_projection(part, CLASSES), tmp_path / "p.png").is_file()


def test_points_have_the_colour_of_their_class_and_many_classes_are_drawn_in_one_piece():
    label, classes = torch.arange(60) % 50, tuple(f"class {n}" for n in range(50))
    guess = torch.where(torch.arange(60) < 10, (label + 1) % 50, label)
    logits = torch.nn.functional.one_hot(guess, 50).float()
    (axes,) = draw_projection(
        Embedded(torch.randn(60, 5), torch.randn(60, 5), logits, label, torch.arange(60)), classes
    ).axes
    dots, crosses, _ = axes.collections
    expected = np.array([to_rgb(colour) for colour in colours(50)])[label]
    assert np.allclose(dots.get_facecolor()[:, :3], expected[10:])
    assert np.allclose(crosses.get_edgecolor()[:, :3], expected[:10])
    assert axes.get_legend() is None


def test_colours_differ_and_long_names_are_cut():
    assert len(set(colours(200))) == 200
    assert plain("n" * 99) == "n" * 23 + "…"


def test_the_reliability_diagram_shows_the_accuracy_of_each_bin_of_confidence():
    probabilities = torch.tensor([[0.55, 0.45], [0.95, 0.05], [0.95, 0.05], [0.05, 0.95]])
    figure = draw_reliability({"a": Judged(probabilities, torch.tensor([0, 0, 1, 1]))})
    (axes,) = figure.axes
    confidence, accuracy = axes.lines[1].get_data()
    assert confidence == pytest.approx([0.55, 0.95]) and accuracy == pytest.approx([1, 2 / 3])
    shares = [bar.get_height() for bar in axes.patches]
    assert len(shares) == 15 and shares[8] == 0.25 and shares[14] == 0.75


def test_a_saved_picture_has_the_common_style_and_leaves_matplotlib_as_it_was(tmp_path):
    before = dict(matplotlib.rcParams)
    seen = []

    def draw():
        seen.append(matplotlib.rcParams["axes.edgecolor"])
        return a_line()

    save(draw, tmp_path / "a.png")
    assert seen == [STYLE["axes.edgecolor"]] and dict(matplotlib.rcParams) == before


def test_a_run_without_classes_shows_its_recall_and_no_wrong_rows(tmp_path):
    (tmp_path / "metrics.csv").write_text(
        "step,train/loss,validation/recall_at_1\n1,2.0,\n2,,0.25\n3,1.0,\n4,,0.5\n"
    )
    loss, recall = draw_curves(tmp_path / "metrics.csv").axes
    assert (loss.get_title(), recall.get_title()) == ("loss", "recall@1")
    assert recall.lines[0].get_ydata().tolist() == [0.25, 0.5]
    (tmp_path / "metrics.csv").write_text("step,train/loss,validation/ap50\n1,2.0,\n2,,0.25\n")
    assert draw_curves(tmp_path / "metrics.csv").axes[1].get_title() == "ap50"
    (tmp_path / "metrics.csv").write_text("step,train/loss\n1,2.0\n")
    assert len(draw_curves(tmp_path / "metrics.csv").axes) == 1
    rows = torch.eye(30)
    split = Embedded(rows, rows, torch.zeros(30, 0), torch.arange(30) % 2, torch.arange(30))
    figure = draw_projection(split, ("a", "b"), judged=False)
    names = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert names == ["a", "b"]
