"""Other sources before a classifier: which rows count, and what is said of them."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from lightning_contrast.build.parts import build_protocols
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.other_rows import other_rows
from lightning_contrast.protocols.shift import Shift
from lightning_contrast.sources.digits import Digits
from lightning_contrast.sources.sentiment import FILES, Sentiment
from tests.made_ratings import write_ratings
from tests.protocols.untrained import untrained


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_ratings(tmp_path_factory.mktemp("ratings"))


@pytest.fixture(scope="module")
def subject(folder, tmp_path_factory):
    words = ("source=sentiment", f"source.path={folder}", "datamodule.eval_batch_size=50")
    return untrained(tmp_path_factory.mktemp("run"), *words)


def test_balanced_accuracy_is_that_of_the_predictions_for_every_row(subject, folder):
    found = Shift({"amazon": {"domain": "amazon"}, "news": {"domain": "nyt"}})(subject)
    expected = []
    for name, domain in (("amazon", "amazon"), ("news", "nyt")):
        rows = Sentiment(path=str(folder), domain=domain).load()
        said = [answer.label for answer in subject.network.predict(rows.raw)]
        true = [rows.classes[number] for number in rows.label]
        expected.append(balanced_accuracy_score(true, said))
        key = f"shift/{name}/balanced_accuracy"
        assert found.figures[key] == pytest.approx(expected[-1])
        assert found.figures[f"{key}/low"] <= expected[-1] <= found.figures[f"{key}/high"]
        accuracy = np.mean(np.array(true) == said)
        assert found.figures[f"shift/{name}/accuracy"] == pytest.approx(accuracy)
        assert found.figures[f"shift/{name}/rows"] == 120
    assert found.figures["shift/balanced_accuracy"] == pytest.approx(np.mean(expected))
    table = found.tables["shift"]
    assert [row[0] for row in table.rows] == [
        *("own test rows", "amazon", "news", "mean of the others")
    ]
    assert {len(row) for row in table.rows} == {len(table.columns)}


def test_copies_and_rows_that_were_trained_on_are_left_out(subject, folder):
    trained = len(subject.datamodule.splits.train)
    own = other_rows(subject, {}, "own", most=1000)
    assert (own.seen, own.copies, len(own.rows)) == (trained, 0, 120 - trained)
    text = (folder / FILES["tweets"]).read_text()
    (folder / "twice").mkdir()
    (folder / "twice" / FILES["tweets"]).write_text(text + "\n" + text.upper())
    twice = other_rows(subject, {"domain": "tweets", "path": str(folder / "twice")}, "t", 1000)
    assert (twice.seen, twice.copies, len(twice.rows)) == (0, 120, 120)


def test_rows_beyond_the_most_are_drawn_with_the_seed(subject):
    some = [other_rows(subject, {"domain": "nyt"}, "nyt", most=30).rows for _ in range(2)]
    assert len(some[0]) == 30 and np.array_equal(*some)


def test_labels_are_matched_by_name(subject, tmp_path):
    (tmp_path / "a.csv").write_text("text,label\nb,positive\na,positive\nd,negative\n")
    table = {"_target_": "lightning_contrast.sources.table.Table", "path": str(tmp_path / "a.csv")}
    protocols = {
        "shift": {
            "_target_": "lightning_contrast.protocols.shift.Shift",
            "sources": {"table": table},
            "rows": 10,
        }
    }
    found = build_protocols({"protocols": protocols})["shift"](subject)
    said = [answer.label for answer in subject.network.predict(["b", "a", "d"])]
    truth = ["positive", "positive", "negative"]
    assert found.figures["shift/table/balanced_accuracy"] == pytest.approx(
        balanced_accuracy_score(truth, said)
    )


def test_without_another_source_the_report_says_so(subject):
    assert Shift()(subject).figures == {}
    assert "no other source is named" in Shift()(subject).notes[0]


@pytest.mark.parametrize(
    ("sources", "says"),
    [
        ({"digits": Digits()}, "source 'digits' holds images and the classifier reads texts"),
        (["bbc_news"], "source 'bbc_news' has classes that the checkpoint does not know: business"),
        (["sentimant"], r"there is no source 'sentimant': name one of bbc_news, captioned"),
        (["table"], r"source 'table' needs path: give it as {_target_: lightning_contrast"),
        ({"books": {"domain": "books"}}, "domain must be 'movie' or"),
        ({"own": {"fractions": [1.0, 0.0, 0.0], "per_klass": 1}}, "has no argument 'per_klass'"),
    ],
)
def test_a_source_that_cannot_be_judged_is_said_in_one_line(subject, sources, says):
    with pytest.raises(InputError, match=says) as error:
        Shift(sources)(subject)
    assert "\n" not in str(error.value)


def test_rows_all_of_which_were_trained_on_are_refused(subject, tmp_path):
    rows = subject.datamodule.splits.train[:3]
    lines = [f"{subject.rows.raw[row]},positive" for row in rows]
    (tmp_path / "a.csv").write_text("\n".join(["text,label", *lines]))
    table = {"_target_": "lightning_contrast.sources.table.Table", "path": str(tmp_path / "a.csv")}
    with pytest.raises(InputError, match="has no row to test on: of 3 rows all were trained on"):
        other_rows(subject, table, "a", most=10)
