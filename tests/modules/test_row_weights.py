"""Weights of classes and of rows, in the contrast and in the head's loss."""

import json

import pytest
import torch
from torch.nn.functional import cross_entropy

from lightning_contrast.build.parts import build_datamodule, build_module
from lightning_contrast.errors import InputError
from lightning_contrast.heads.linear import LinearHead
from lightning_contrast.modules.row_weights import RowWeights
from lightning_contrast.types import Rows
from lightning_contrast.units.whole import Whole
from tests.choices import build
from tests.runs import composed, write_news


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Rows of a rare and a common class; each row has a weight."""
    path = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    texts = [(f"{'goal' if n % 4 else 'trade'} word{n} other{n % 7}", n) for n in range(200)]
    rows = [{"text": text, "label": text.split()[0], "sure": 1 + n % 3} for text, n in texts]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def module_of(table, *words):
    config = composed("source=table", f"source.path={table}", *words)
    datamodule = build_datamodule(config)
    module = build_module(config, datamodule)
    module.log_dict = lambda *_, **__: None
    return module, datamodule


def test_of_classes_it_is_the_weight_of_torchs_cross_entropy():
    torch.manual_seed(0)
    head, features = LinearHead(4, classes=3), torch.randn(9, 4)
    target = torch.tensor([0, 1, 2, 0, -1, 0, 0, 1, 2])
    by_class = torch.tensor([0.5, 2.0, 3.0])
    anchor = Rows(features, target, *torch.arange(9).expand(3, 9))
    total, weight = RowWeights(by_class).of_head(head, features, target, anchor)
    expected = cross_entropy(head(features), target, by_class, ignore_index=-1)
    torch.testing.assert_close(total / weight, expected)


@pytest.mark.parametrize("name", ["linear", "probe", "multi_label", "none"])
def test_a_row_of_weight_two_counts_as_two_rows(name):
    torch.manual_seed(0)
    head = build("head", name, in_features=4, classes=3)
    features, target = torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])
    anchor = Rows(features, target, *torch.arange(5).expand(3, 5))
    weights = RowWeights(torch.ones(3), torch.tensor([1.0, 2.0, 1.0, 0.0, 2.0]))
    found = weights.of_head(head, features, target, anchor)
    again = torch.tensor([0, 1, 1, 2, 4, 4])
    torch.testing.assert_close(found, head.loss(features[again], target[again]))


def test_a_run_weighs_contrast_and_head_by_class_and_row(table):
    words = ["class_weights=balanced", "source.weight_column=sure"]
    module, datamodule = module_of(table, *words)
    label = datamodule.splits.labelled.label[datamodule.splits.train]
    sizes = torch.bincount(torch.from_numpy(label)).float()
    torch.testing.assert_close(module.weights.by_class[:2], sizes.sum() / (2 * sizes))
    batch = next(iter(datamodule.train_dataloader()))
    rows = module.unit(module.network(batch.inputs), batch)
    found = module.contrast.weigh(rows)
    own = torch.tensor([1.0 + int(number) % 3 for number in batch.index])
    torch.testing.assert_close(found, own * module.weights.by_class[batch.label])
    value = module.training_step(batch)
    value.backward()
    plain, _ = module_of(table)
    plain.load_state_dict(module.state_dict())
    assert plain.training_step(batch) != value


def test_weights_of_one_change_nothing(table):
    ones = "class_weights={goal: 1, trade: 1}"
    values = []
    for words in ([], [ones]):
        module, datamodule = module_of(table, *words, "miner=hardest", "loss=triplet_margin")
        torch.manual_seed(0)
        for parameter in module.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
        values.append(module.training_step(next(iter(datamodule.train_dataloader()))))
    torch.testing.assert_close(*values)


@pytest.mark.filterwarnings("ignore:no row has several labels")
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["class_weights={goals: 2}"], "classes that the source does not have: goals"),
        (["class_weights=much"], "class_weights must be null, balanced, or a number"),
        (["class_weights={goal: -1}"], "class_weights must be null, balanced, or a number"),
        (["source.weight_column=label"], "'label' must be a number of at least 0, got 'trade'"),
        (["class_weights=balanced", "recipe=proxy_anchor"], "ProxyAnchor is no mean over the rows"),
        (
            ["class_weights=balanced", "source.multi_label=true", "recipe=multi_label"],
            "sets of lab",
        ),
    ],
)
def test_what_can_not_be_weighed_is_told(table, words, line):
    with pytest.raises(InputError, match=line):
        module_of(table, *words)


def test_a_unit_that_weighs_its_own_rows_takes_no_weights_beside(table, monkeypatch):
    monkeypatch.setattr(Whole, "weigh", staticmethod(lambda rows: rows.label.float()))
    with pytest.raises(InputError, match="rows with weights can't be used with Whole"):
        module_of(table, "class_weights=balanced")


def test_pairs_without_labels_have_no_class_weights(tmp_path):
    path = write_news(tmp_path / "news.csv")
    words = [f"source.path={path}", "recipe=paired", "source=parallel", "source.pair_column=text"]
    config = composed(*words, "head=none", "class_weights=balanced", "source.text_column=text")
    with pytest.raises(InputError, match="rows have no labels: set class_weights=null"):
        build_module(config, build_datamodule(config))


def test_weights_that_are_all_zero_are_refused(table):
    with pytest.raises(InputError, match="training rows have the weight 0, so that nothing would"):
        module_of(table, "class_weights={goal: 0, trade: 0}")
    module_of(table, "class_weights={goal: 0}")
