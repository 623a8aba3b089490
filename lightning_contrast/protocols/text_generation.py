"""Does a language model write varied texts that stay with their beginning?"""

from collections.abc import Mapping, Sequence
from itertools import islice
from math import exp, isnan
from statistics import mean
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from lightning_contrast.batch import normalized
from lightning_contrast.build.reader import pretrained_reader
from lightning_contrast.config.ranges import Count, CountFromZero
from lightning_contrast.decodings.decoding import Decoding
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.manifold import precision_recall
from lightning_contrast.metrics.repetition import ORDERS, diversity, repetition
from lightning_contrast.modules import load
from lightning_contrast.modules.walk import steps
from lightning_contrast.modules.writing import text_behind, until_end
from lightning_contrast.protocols.protocol import EvaluationProtocol
from lightning_contrast.report.findings import Findings, ReportTable
from lightning_contrast.types import Answer

if TYPE_CHECKING:
    from lightning_contrast.modules.network import Network

HELD_OUT = "held_out"  # the text itself, in place of what is written


class TextGeneration(EvaluationProtocol):
    """Held-out perplexity, how alike the tokens of a text are, and what each decoding writes.

    A text is written behind the first tokens of test texts that are long enough, and stands beside
    the text itself.

    Args:
        decodings: by name.
        texts: test texts that are gone on with, drawn with the run's seed.
        prompt: tokens that are given of each.
        tokens: tokens that are written, at most.
        judge: what measures coherence: a pretrained model, or the checkpoint of an encoder of
            texts; None: coherence is left out.
        examples: texts that the report shows.

    Figures, below ``text_generation/``: ``perplexity`` of a token of test texts; ``anisotropy``,
    the mean cosine of two tokens of a test text; of each decoding, and of the text itself
    (``held_out``): ``NAME/repetition_2``, ``_3``, ``_4`` and ``NAME/diversity``
    (``metrics.repetition``), ``NAME/coherence``, the mean cosine of prompt and continuation by the
    judge, ``NAME/precision`` and ``NAME/recall``, the shares of written texts among those that they
    stand for and of these among the written, by the judge (``metrics.manifold``), ``NAME/tokens``,
    the mean length.

    Source: the measures of Su et al. 2022 (arXiv 2202.06417), with tokens of the model for words.
    Precision and recall (Kynkäänniemi et al. 2019, arXiv 1904.06991) stand where others take MAUVE
    (Pillutla et al. 2021, arXiv 2102.01454): it needs thousands of texts (of 32 vectors a side
    mauve-text 0.4.0 gave 0.72 and 0.99 for two draws from the same two distributions), and its
    library is under GPL-3, without a release since 2024.
    """

    title = "Text generation"
    judges = (Answer.TOKEN,)

    def __init__(
        self,
        decodings: Mapping[str, Decoding],
        texts: Count = 64,
        prompt: Count = 32,
        tokens: Count = 64,
        judge: str | None = None,
        examples: CountFromZero = 4,
    ) -> None:
        self.decodings, self.texts, self.prompt, self.tokens = decodings, texts, prompt, tokens
        self.judge, self.examples = judge, examples

    def __call__(self, subject: Subject) -> Findings:
        network = subject.network
        assert subject.datamodule.splits is not None
        rows = subject.datamodule.splits.test
        if not len(rows):
            return Findings({}, notes=["Text generation: there is no test text."])
        model = likelihood(subject, rows)
        found = {f"text_generation/{name}": value for name, value in model.items()}
        tables = {"model": ReportTable(("", "test"), [*model.items()], "The model itself.")}
        texts: Any = subject.modality.take(subject.rows.raw, rows)
        whole = network.preprocess.batch(texts)
        enough = np.flatnonzero(whole["attention_mask"].sum(1) >= self.prompt + self.tokens)
        drawn = subject.drawn(enough, self.texts)
        if not len(drawn):
            note = (
                f"No test text has {self.prompt} + {self.tokens} tokens, so that none is written."
            )
            return Findings(found, tables, notes=[note])
        ids = whole["input_ids"][drawn]
        given = ids[:, : self.prompt]
        read = {"input_ids": given, "attention_mask": torch.ones_like(given)}
        made = {HELD_OUT: ids[:, self.prompt : self.prompt + self.tokens].tolist()}
        for name, decoding in self.decodings.items():
            new = [*steps(network, read, decoding, self.tokens, subject.seed)]
            end = network.preprocess.padding_index
            made[name] = [until_end(row, end) for row in torch.stack(new, 1).tolist()]
        judge = self._judge()
        lines: dict[str, dict[str, float]] = {}
        seen: dict[str, Tensor | None] = {}
        for name, new in made.items():  # the texts themselves come first
            lines[name], seen[name] = self._figures(network, judge, given, new)
            lines[name] |= among(seen[HELD_OUT], seen[name])
        for name, line in lines.items():
            found |= {f"text_generation/{name}/{key}": value for key, value in line.items()}
        keys = list(dict.fromkeys(key for line in lines.values() for key in line))
        cells = [(name, *map(line.get, keys)) for name, line in lines.items()]
        table = ReportTable(("", *keys), cells, "What each decoding writes.")
        shown = [
            (name, *map(_one_line, self._shown(network, given, new))) for name, new in made.items()
        ]
        tables["decodings"] = table
        if self.examples:
            prompts = [_one_line(network.preprocess.decode(row)) for row in given.tolist()]
            tables["examples"] = ReportTable(
                ("", *prompts[: self.examples]), shown, "Written texts."
            )
        return Findings(found, tables)

    def _judge(self) -> "Network | None":
        if self.judge is None:
            return None
        if self.judge.endswith(".ckpt"):
            return load(self.judge)
        return pretrained_reader(self.judge, "protocols.text_generation.judge").eval()

    def _figures(
        self, network: "Network", judge: "Network | None", given: Tensor, made: list[list[int]]
    ) -> tuple[dict[str, float], Tensor | None]:
        """Figures of what was written, and the judge's embedding of it."""
        each = [[repetition(row, n) for n in ORDERS] for row in made]
        names = [f"repetition_{n}" for n in ORDERS]
        found = dict(zip(names, map(mean, zip(*each, strict=True)), strict=True))
        found["diversity"] = mean(map(diversity, each))
        texts = self._texts(network, given, made)
        told, other = [number for number, text in enumerate(texts) if text.strip()], None
        if judge is not None and told:
            prompts = [network.preprocess.decode(given[number].tolist()) for number in told]
            one, other = judge.embed(prompts), judge.embed([texts[number] for number in told])
            found["coherence"] = (one * other).sum(1).mean().item()
        return found | {"tokens": mean(map(len, made))}, other

    def _texts(self, network: "Network", given: Tensor, made: Sequence[list[int]]) -> list[str]:
        pairs = zip(given[: len(made)].tolist(), made, strict=True)
        return [text_behind(network.preprocess, front, new) for front, new in pairs]

    def _shown(self, network: "Network", given: Tensor, made: list[list[int]]) -> list[str]:
        return self._texts(network, given, [*islice(made, self.examples)])


def likelihood(subject: Subject, rows: np.ndarray) -> dict[str, float]:
    """Perplexity of the tokens of rows, and the mean cosine of two tokens of a row."""
    network, device = subject.network, subject.network.device
    total, tokens, cosines = 0.0, 0.0, []
    with torch.inference_mode():
        for batch in subject.datamodule.in_order(rows):
            features = network.encode_as_trained(batch.inputs)
            chance, there = network.head.judged(features, batch.label.to(device))
            total, tokens = total - (chance * there).sum().item(), tokens + there.sum().item()
            cosines.append(mean_cosines(features, batch.inputs["attention_mask"].to(device)))
    cosine = torch.cat(cosines).nanmean().item()
    return {"perplexity": exp(total / tokens), "anisotropy": cosine}


def mean_cosines(features: Tensor, mask: Tensor) -> Tensor:
    """The mean cosine of two different tokens of each text ``(r,)``; NaN where it has one.

    >>> mean_cosines(torch.tensor([[[1.0, 0], [0, 1], [2, 0]]]), torch.ones(1, 3))
    tensor([0.3333])
    """
    unit, count = normalized(features) * mask[..., None], mask.sum(1)
    return (unit.sum(1).square().sum(1) - count) / (count * (count - 1))


def among(real: Tensor | None, made: Tensor | None) -> dict[str, float]:
    """Precision and recall of embeddings of written texts; nothing where these are the real ones,
    or too few.

    >>> among(torch.eye(9), torch.eye(9))
    {'precision': 1.0, 'recall': 1.0}
    """
    if real is None or made is None or real is made:
        return {}
    found = zip(("precision", "recall"), precision_recall(real, made), strict=True)
    return {name: value for name, value in found if not isnan(value)}


def _one_line(text: str) -> str:
    return " ".join(text.split())
