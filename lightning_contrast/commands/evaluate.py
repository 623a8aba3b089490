"""``lightning-contrast evaluate``: examines a checkpoint, or compares several."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning_contrast.commands.entry import entry_point
from lightning_contrast.config.resolved import resolved
from lightning_contrast.errors import InputError

if TYPE_CHECKING:
    from lightning_contrast.evaluation.judge import Protocols
    from lightning_contrast.report.report import Section

Checkpoint = str | Path


def evaluate(
    checkpoint: Checkpoint | Sequence[Checkpoint],
    directory: Path,
    source: dict[str, Any] | None = None,
    trust: tuple[str, ...] = (),
    quiet: bool = True,
    protocols: "Protocols | None" = None,
    by_head: bool = False,
    reference: Checkpoint | None = None,
    loggers: Sequence[Any] = (),
) -> "tuple[dict[str, Any], dict[str, Section]]":
    """Tests a checkpoint on its own data, or on another ``source`` (a config).

    Writes ``result.json`` and ``evaluation/`` (the findings of ``protocols``, by name, and the
    report) to ``directory``, and the same to the loggers. Returns what ``result.json`` holds, and
    the sections of the report. ``by_head``: of ``protocols`` those that fit the head, beside those
    that the run was trained with. ``reference``: a checkpoint that protocols may compare with.

    If there are several checkpoints, each has a folder of its name below ``directory``, and
    ``directory/evaluation/`` compares them on their test rows. Then the figures and sections of
    the comparison are returned.

    Raises:
        InputError: a checkpoint can't be used, the source has other classes or another modality, or
            checkpoints have different test rows.
    """
    from lightning_contrast.evaluation.compare import check_same_rows, names_of, write_comparison
    from lightning_contrast.evaluation.judge import judge, publish
    from lightning_contrast.evaluation.load import load_subjects, protocols_by_head
    from lightning_contrast.loggers.results import log_results
    from lightning_contrast.report.report import all_figures
    from lightning_contrast.runtime.quiet import quieten

    quieten()
    several = not isinstance(checkpoint, Checkpoint)
    paths = [checkpoint] if isinstance(checkpoint, Checkpoint) else checkpoint
    listed = isinstance(paths, Sequence) and all(isinstance(path, Checkpoint) for path in paths)
    if not paths or not listed:
        raise InputError(
            f"checkpoint must be a path or a list of paths, got {checkpoint!r}: set "
            "checkpoint=runs/.../checkpoints/best.ckpt"
        )
    names = names_of(paths)
    folders = [directory / name if several else directory for name in names]
    beside = [reference] if reference else []
    places = [*folders, *(directory for _ in beside)]
    loaded = load_subjects([*paths, *beside], places, source, trust, quiet)
    check_same_rows(loaded)
    subjects, against = loaded[: len(paths)], loaded[-1] if reference else None
    found = {}
    for name, subject in zip(names, subjects, strict=True):
        subject.reference = against
        subject.directory.mkdir(parents=True, exist_ok=True)
        result: dict[str, Any] = {"checkpoint": str(subject.checkpoint), **judge(subject)}
        chosen = protocols or {}
        chosen = protocols_by_head(subject, chosen, trust) if by_head else chosen
        found[name], pictures = publish(subject, result, chosen)
    sections = found[names[0]]
    if several:
        named = dict(zip(names, subjects, strict=True))
        sections, pictures = write_comparison(named, found, directory / "evaluation")
        result = all_figures(sections)
    log_results(loggers, result, sections, pictures)
    return result, sections


def run(config: Any) -> None:
    """The Hydra task."""
    from hydra.core.hydra_config import HydraConfig

    from lightning_contrast.build.parts import build_loggers, build_protocols
    from lightning_contrast.config.arguments import check_arguments
    from lightning_contrast.config.trusted import prefixes
    from lightning_contrast.evaluation.shown import show, written
    from lightning_contrast.loggers.artifacts import log_evaluation
    from lightning_contrast.loggers.make import logging_to
    from lightning_contrast.loggers.names import name_run

    plain = resolved(config)
    directory = Path(HydraConfig.get().runtime.output_dir)
    settings = {name: plain[name] for name in ("checkpoint", "reference", "quiet")}
    check_arguments(evaluate, settings, partial=True)
    settings |= {"source": plain.get("source"), "trust": prefixes(plain["trust"])}
    settings["protocols"] = build_protocols(plain)
    words = HydraConfig.get().overrides.task
    settings["by_head"] = not any(word.lstrip("~+").startswith("protocols") for word in words)
    name_run(plain, HydraConfig.get())
    loggers = build_loggers(plain, directory)
    with logging_to(loggers, plain):
        _, sections = evaluate(**settings, directory=directory, loggers=loggers)
        log_evaluation(loggers, plain["name"], settings["checkpoint"], directory)
    if not plain["quiet"]:
        show(sections, written(directory))


main = entry_point("evaluate", run)

if __name__ == "__main__":
    main()
