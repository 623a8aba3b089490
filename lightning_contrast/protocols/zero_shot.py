"""Does a network know classes by their names alone?"""

from collections.abc import Mapping, Sequence

import torch

from lightning_contrast.config.ranges import Count
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.metrics.bootstrap import bootstrap
from lightning_contrast.metrics.weighted import Judged
from lightning_contrast.modules.prompt_head import TEMPLATES
from lightning_contrast.protocols.protocol import OF_ROWS, EvaluationProtocol
from lightning_contrast.report.confusion import confusion
from lightning_contrast.report.findings import Cell, Findings, ReportTable, Share


class ZeroShot(EvaluationProtocol):
    """Test pictures by the nearest of the classes' prompts, none of which was trained on as such.

    The prototype of a class is the mean of the embeddings of its prompts (Radford et al. 2021,
    arXiv:2103.00020). For networks of pictures and texts, on test rows with a label.

    Args:
        templates: prompts of a class, ``{}`` standing for its name.
        words: other words for a class than its name, where no caption would say that, each with a
            prototype of its own; None: names.
        resamples: of the test rows, for 95 % bootstrap intervals.

    Figures: ``zero_shot/accuracy``, ``balanced_accuracy``, ``macro_f1``, each with ``/low`` and
    ``/high``, and ``zero_shot/majority``, the accuracy of always naming the commonest class of
    training.
    """

    title = "Zero-shot: classes by their names"
    judges = OF_ROWS

    def __init__(
        self,
        templates: Sequence[str] = TEMPLATES,
        resamples: Count = 1000,
        words: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.templates, self.resamples, self.words = templates, resamples, words

    def __call__(self, subject: Subject) -> Findings:
        test, classes = subject.test, subject.classes
        if not subject.modality.parts or not len(test.label) or len(classes) < 2:
            note = "Zero-shot needs a network of pictures and texts, and test rows with a label."
            return Findings({}, notes=[note])
        head = subject.network.prompted(classes, self.templates, self.words).head
        with torch.inference_mode():
            logits = head(test.features.to(subject.network.device)).cpu()
        judged = Judged(logits, test.label, temperature=1.0)
        found = bootstrap(
            lambda weight: {
                "accuracy": judged.accuracy(weight),
                "balanced_accuracy": judged.balanced_accuracy(weight),
                "macro_f1": judged.macro_f1(weight),
            },
            len(test.label),
            self.resamples,
            subject.seed,
        )
        known = torch.from_numpy(subject.training_labels)
        common = known[known >= 0].bincount(minlength=len(classes)).argmax()
        majority = (test.label == common).float().mean().item()
        figures = {"zero_shot/majority": majority}
        for name, interval in found.items():
            figures |= interval.flat(f"zero_shot/{name}")
        lines: list[tuple[Cell, ...]] = [
            (name.replace("_", " "), *map(Share, value)) for name, value in found.items()
        ]
        lines.append(("majority", Share(majority), None, None))
        confused = confusion(test.label, logits.argmax(1), classes)
        prompts = "; ".join(self.templates)
        caption = f"With 95 % bootstrap intervals; prompts: {prompts}."
        tables = {"figures": ReportTable(("", "test", "from", "to"), lines, caption)}
        plot = confused.plot("Counts on test, by class prompts.")
        return Findings(figures, tables, {"confusion": plot})
