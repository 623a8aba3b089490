"""Outliers of another source, against scikit-learn on the same embedded rows."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from lightning_contrast.errors import InputError
from lightning_contrast.files.images import InMemoryImages
from lightning_contrast.protocols.out_of_distribution import NAMES, OutOfDistribution
from lightning_contrast.sources.digits import Digits
from tests.protocols.untrained import untrained


class Noise(Digits):
    """Coloured noise of another size: no digit."""

    def load(self):
        rows = super().load()
        images = torch.randint(256, (40, 3, 12, 20), generator=torch.Generator().manual_seed(0))
        kept = {name: getattr(rows, name)[:40] for name in ("label", "group", "split")}
        return rows._replace(raw=InMemoryImages(images.to(torch.uint8)), **kept)


@pytest.fixture(scope="module")
def subject(tmp_path_factory):
    words = ("modality=image", "source=digits", "source.per_class=30")
    return untrained(tmp_path_factory.mktemp("run"), *words)


def test_figures_are_those_of_the_embedded_rows_at_the_runs_own_size(subject):
    protocol = OutOfDistribution({"noise": Noise()}, k=5)
    found = protocol(subject)
    raw = Noise().load().raw[np.arange(40)]
    inputs = subject.network.preprocess.batch(list(raw))
    assert inputs.shape == (40, 1, 8, 8)
    with torch.inference_mode():
        features = subject.network(inputs)
        logits = subject.network.head(features)
    truth = np.repeat([0, 1], [len(subject.test.label), 40])
    scores = torch.cat((subject.test.logits, logits)).softmax(1).amax(1)
    key = "out_of_distribution/noise"
    assert found.figures[f"{key}/softmax/auroc"] == pytest.approx(
        roc_auc_score(truth, -scores), abs=1e-4
    )
    assert set(found.figures) == {
        f"{key}/{score}/{what}" for score in NAMES for what in ("auroc", "fpr_at_95")
    }
    assert found.figures[f"{key}/mahalanobis/auroc"] > 0.9


def test_the_table_and_the_picture_hold_every_score(subject):
    found = OutOfDistribution({"noise": Noise()})(subject)
    table = found.tables["out_of_distribution"]
    assert len(table.rows) == len(NAMES) == len(found.plots["scores_noise"].draw().axes)
    assert {len(row) for row in table.rows} == {len(table.columns)}


def test_without_another_source_the_report_says_so(subject):
    found = OutOfDistribution()(subject)
    assert found.figures == {} and "no other source is named" in found.notes[0]


def test_another_modality_and_bad_arguments_are_refused(subject):
    with pytest.raises(InputError, match="'bbc_news' holds texts and the classifier reads images"):
        OutOfDistribution(["bbc_news"])(subject)
    with pytest.raises(InputError, match="k must be a whole number of at least 1, got 0"):
        OutOfDistribution(k=0)
