"""Does the encoder tag types of spans that it was not trained on, from a few examples?"""

from collections.abc import Mapping, Sequence
from statistics import fmean, stdev
from typing import Any, NamedTuple, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from lightning_contrast.config.ranges import Count, Positive
from lightning_contrast.data.tags import Tags
from lightning_contrast.errors import InputError
from lightning_contrast.evaluation.other_rows import other_rows
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.heads.prototype_tagger import PrototypeTagger
from lightning_contrast.metrics.decode import best_tags
from lightning_contrast.metrics.spans import span_scores
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.findings import Cell, Findings, ReportTable, Share
from lightning_contrast.types import Answer, Labelled


class TaggedTokens(NamedTuple):
    """Features ``(R, f)`` and tags ``(R,)`` of the tokens of texts, and the tokens of each text."""

    features: Tensor
    label: Tensor
    sizes: list[int]


class NewSpans(EvaluationProtocol):
    """Strict F1 of spans of new types, tagged from a few texts with the encoder as it is.

    A draw takes texts one after another, in random order, as long as a type of theirs has fewer
    than so many spans. Other texts are tagged by the tag of the nearest token of these (Yang and
    Katiyar 2020, arXiv 2010.02405), and by class means with a threshold for the background
    (``heads.prototype_tagger``). None of these texts was trained on.

    Args:
        source: what differs from the run's own source, such as ``{types: [ns, nt]}``, or another
            source; None: nothing is measured.
        shots: spans of each type that a draw has, at least.
        draws: of each number of shots.
        texts: that are tagged, drawn with the run's seed.
        temperature: divides the cosines.

    Figures, below ``new_spans/``: ``nearest_SHOTS`` and ``means_SHOTS``, the mean over the draws,
    and ``/sd`` of each.

    Raises:
        InputError: at the call, if the source has no spans, or too few of a type.
    """

    title = "Spans of new types"
    judges = (Answer.SPANS,)

    def __init__(
        self,
        source: Mapping[str, Any] | str | None = None,
        shots: Sequence[Count] = (5, 20),
        draws: Count = 5,
        texts: Count = 500,
        temperature: Positive = 0.1,
    ) -> None:
        self.source, self.shots, self.draws = source, shots, draws
        self.texts, self.temperature = texts, temperature

    def __call__(self, subject: Subject) -> Findings:
        if self.source is None:
            note = "No source of new types is named: protocols.new_spans.source={types: [...]}."
            return Findings({}, notes=[note])
        found = other_rows(subject, self.source, "of new types", 10**9, same_classes=False)
        rows = found.source
        if rows.spans is None:
            raise InputError(
                "protocols.new_spans.source has no spans: name a source of texts with spans"
            )
        tags = Tags(subject.network.preprocess, cast(Any, rows.raw), rows.spans, rows.classes)
        order = np.random.default_rng(subject.seed).permutation(found.rows)
        tested, pool = np.sort(order[: self.texts]), order[self.texts :]
        places = self._places(subject, rows, tags, tested)
        figures: dict[str, float] = {}
        lines: list[list[Cell]] = []
        for shots in self.shots:
            scores = [
                self._scores(places, self._places(subject, rows, tags, own), rows.classes)
                for own in (drawn(rows, pool, shots, n, subject.seed) for n in range(self.draws))
            ]
            for way in ("nearest", "means"):
                values = [score[way] for score in scores]
                sd = stdev(values) if len(values) > 1 else 0.0
                figures |= {
                    f"new_spans/{way}_{shots}": fmean(values),
                    f"new_spans/{way}_{shots}/sd": sd,
                }
                lines.append([way, shots, Share(fmean(values)), Share(sd)])
        header = ("tagged by", "examples of a type", "strict F1", "deviation over draws")
        caption = f"{len(tested):,} texts with types that training did not name."
        return Findings(figures, {"new_spans": ReportTable(header, lines, caption)})

    def _places(
        self, subject: Subject, rows: Labelled, tags: Tags, which: np.ndarray
    ) -> TaggedTokens:
        parts: list[tuple[Tensor, Tensor]] = []
        sizes: list[int] = []
        batch, network = subject.datamodule.eval_batch_size, subject.network
        for start in range(0, len(which), batch):
            own = which[start : start + batch]
            label = torch.from_numpy(tags(own))
            texts: Any = subject.modality.take(rows.raw, own)
            found = network.encode_as_trained(network.preprocess.batch(texts)).cpu()
            parts.append((found[label >= 0], label[label >= 0]))
            sizes += (label >= 0).sum(1).tolist()
        features, label = (torch.cat(column) for column in zip(*parts, strict=True))
        return TaggedTokens(features, label, sizes)

    def _scores(
        self, tested: TaggedTokens, known: TaggedTokens, classes: Sequence[str]
    ) -> dict[str, float]:
        """Strict F1 of both ways of tagging."""
        head = PrototypeTagger(known.features.shape[1], len(classes), temperature=1.0)
        head.fit(known.features, known.label)
        names = np.array(list(classes))
        gold = [names[part.numpy()].tolist() for part in tested.label.split(tested.sizes)]
        found = {
            "nearest": nearest(known, tested.features, len(classes)),
            "means": head(tested.features),
        }
        return {
            way: span_scores(
                gold,
                [
                    names[tag].tolist()
                    for tag in best_tags(logits / self.temperature, tested.sizes, classes)
                ],
            ).get("span_f1", 0.0)
            for way, logits in found.items()
        }


def drawn(rows: Labelled, pool: np.ndarray, shots: int, draw: int, seed: int) -> np.ndarray:
    """Texts of ``pool`` until each type has ``shots`` spans; those that add none are left out.

    Raises ``InputError`` if there are too few.
    """
    spans, types = rows.spans, [n for n, name in enumerate(rows.classes) if name[:2] == "B-"]
    assert spans is not None
    order = np.argsort(spans.row, kind="stable")
    count, taken = dict.fromkeys(types, 0), []
    for row in np.random.default_rng([seed, shots, draw]).permutation(pool).tolist():
        low, high = np.searchsorted(spans.row, [row, row + 1], sorter=order)
        kinds = spans.label[order[low:high]].tolist()
        if any(count[kind] < shots for kind in kinds):
            taken.append(row)
            for kind in kinds:
                count[kind] += 1
    if short := [rows.classes[kind][2:] for kind in types if count[kind] < shots]:
        raise InputError(
            f"protocols.new_spans.shots={shots} asks for more spans of {short[0]!r} than there are "
            f"beside the tested texts: lower shots or protocols.new_spans.texts"
        )
    return np.array(taken)


def nearest(known: TaggedTokens, features: Tensor, classes: int) -> Tensor:
    """The cosine to the nearest known token of each tag ``(R, classes)``, -1 if there is none.

    >>> known = TaggedTokens(torch.eye(2), torch.tensor([0, 2]), [2])
    >>> nearest(known, torch.tensor([[3.0, 0.0]]), 3).tolist()
    [[1.0, -1.0, 0.0]]
    """
    cosine = normalize(features) @ normalize(known.features).T
    found = cosine.new_full((len(cosine), classes), -1.0)
    return found.scatter_reduce(1, known.label.expand(len(cosine), -1), cosine, "amax")
