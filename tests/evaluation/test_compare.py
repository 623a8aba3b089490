import copy
import json

import pytest
import torch

from lightning_contrast.commands.evaluate import evaluate
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.compare import check_same_rows, compare, names_of
from lightning_contrast.metrics.mcnemar import mcnemar
from lightning_contrast.modules.checkpoint import KEY, pack
from lightning_contrast.protocols.accuracy import Accuracy


def worse(subject, wrong: int):
    """The subject, with so many more test rows wrong."""
    other, test = copy.copy(subject), subject.test
    right = (test.logits.argmax(1) == test.label).nonzero()[:wrong, 0]
    logits = test.logits.clone()
    logits[right] = -logits[right]
    other.test = test._replace(logits=logits)
    return other


def test_a_difference_is_that_of_the_figures_and_mcnemar_counts_the_rows(text_subject):
    other = worse(text_subject, 8)
    found = compare({"a": text_subject, "b": other}, {"a": {"x": 1.0}, "b": {"y": 2.0}})
    rows = len(text_subject.test.label)
    figures = found.figures
    assert figures["difference/b/accuracy"] == pytest.approx(-8 / rows)
    assert figures["difference/b/accuracy/high"] < 0, "eight of thirty rows are no chance"
    assert figures["difference/b/mcnemar_p"] == mcnemar(8, 0)
    assert (figures["a/x"], figures["b/y"]) == (1.0, 2.0)
    assert found.tables["mcnemar"].rows == [("b", 8, 0, mcnemar(8, 0))]
    assert found.tables["figures"].rows == [("x", 1.0, None), ("y", None, 2.0)]


def test_a_classifier_does_not_differ_from_itself(text_subject):
    figures = compare({"a": text_subject, "b": text_subject}, {"a": {}, "b": {}}).figures
    assert {v for k, v in figures.items() if not k.endswith("_p")} == {0.0}
    assert figures["difference/b/mcnemar_p"] == 1


def test_other_test_rows_are_refused(text_subject):
    other = copy.copy(text_subject)
    other.all_test = text_subject.all_test._replace(index=text_subject.all_test.index.flip(0))
    check_same_rows([text_subject, text_subject])
    with pytest.raises(InputError, match="has other test rows than"):
        check_same_rows([text_subject, other])


def test_names_are_short_and_different():
    paths = ["r/1_a/checkpoints/best.ckpt", "r/1_a/checkpoints/last.ckpt", "x.ckpt", "y/x.ckpt"]
    assert names_of(paths) == ["1_a", "1_a_last", "x", "x_2"]


def checkpoint(subject, path):
    saved = {"state_dict": {f"network.{k}": v for k, v in subject.network.state_dict().items()}}
    pack(subject.network, saved)
    torch.save(saved, path)
    assert saved[KEY]["run"]
    return path


def test_several_checkpoints_are_examined_and_compared(text_subject, tmp_path):
    paths = [checkpoint(text_subject, tmp_path / f"{name}.ckpt") for name in "ab"]
    protocols = {"accuracy": Accuracy(resamples=20)}
    result, _ = evaluate(paths, tmp_path / "out", protocols=protocols)
    assert result["a/test/accuracy"] == result["b/test/accuracy"]
    assert result["difference/b/accuracy"] == 0
    metrics = json.loads((tmp_path / "out/evaluation/metrics.json").read_text())
    assert metrics == result
    for folder in ("out", "out/a", "out/b"):
        assert (tmp_path / folder / "evaluation/report.html").is_file()
    with pytest.raises(InputError, match="a path or a list of paths"):
        evaluate([], tmp_path / "none")


COST = {"efficiency/parameters": 10, "efficiency/parameter_bytes": 40}
FAST = {"efficiency/batch_1/samples_per_second": 900.0, "efficiency/batch_8/latency_p50_ms": 1.0}


def test_what_all_cost_stands_beside_what_they_are_worth(text_subject, tmp_path):
    slow = {**COST, "efficiency/batch_1/samples_per_second": 30.0}
    small = {**COST, "efficiency/parameter_bytes": 4, **FAST}
    slow["efficiency/batch_8/samples_per_second"] = 90.0  # a size that the other was not timed with
    subjects = {"teacher": text_subject, "student": worse(text_subject, 8)}
    found = compare(subjects, {"teacher": slow, "student": small})
    rows, right = len(text_subject.test.label), text_subject.test
    accuracy = (right.logits.argmax(1) == right.label).float().mean().item()
    first, second = found.tables["trade_off"].rows
    assert first == ("teacher", pytest.approx(accuracy), 30, 1.0, 10, 40, 1.0)
    assert second == ("student", pytest.approx(accuracy - 8 / rows), 900, 30.0, 10, 4, 0.1)
    axes = found.plots["trade_off"].draw().axes[0]
    assert [points.get_offsets()[0][0] for points in axes.collections] == [30.0, 900.0]
    assert max(axes.get_yticks()) <= 1, "no accuracy above 100 %"


def test_without_a_cost_of_each_there_is_no_table_of_it(text_subject):
    subjects = {"a": text_subject, "b": text_subject}
    found = compare(subjects, {"a": {**COST, **FAST}, "b": COST})
    assert "trade_off" not in found.tables and not found.plots
