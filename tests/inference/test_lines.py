"""What a network says of rows, as the lines of a file."""

import csv
import io

import torch

from lightning_contrast.files.row import Row
from lightning_contrast.inference.label_lines import LabelLines
from lightning_contrast.modules.prediction import predictions


class TwoClasses:
    def decide(self, features, least):
        return predictions(features, ["=x", "y"], abstain_below=least)


def test_the_header_of_a_table_stands_before_its_first_row_even_after_a_batch_without_one():
    lines = LabelLines(TwoClasses(), ".csv", least=0.9)
    text = lines.text([], torch.empty(0, 2))
    text += lines.text([Row(4, "a")], torch.tensor([[0.0, 9.0]]))
    text += lines.text([Row(5, "b")], torch.tensor([[0.0, 0.0]]))
    header, *rows = csv.reader(io.StringIO(text))
    assert header == ["row", "input", "label", "probability/=x", "probability/y"]
    assert [row[:3] for row in rows] == [["4", "a", "y"], ["5", "b", ""]]
    assert lines.unsure == 1
