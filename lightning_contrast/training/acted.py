"""The end of an agent's run, which has no rows to test: it plays."""

import shutil
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from lightning_contrast.evaluation.judge import Protocols, examine
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.loggers.animation import log_animation
from lightning_contrast.loggers.artifacts import log_run
from lightning_contrast.loggers.results import log_results
from lightning_contrast.modules.checkpoint import restore, save_weights
from lightning_contrast.report.animation import AGENT
from lightning_contrast.report.report import Section, all_figures, write_json, write_report


def conclude_play(
    subject: Subject, loggers: Sequence[Any], spent: Mapping[str, float], protocols: Protocols
) -> tuple[dict[str, Any], dict[str, Section]]:
    """Examines the best checkpoint of a run; writes ``result.json`` and ``evaluation/``.

    Returns what ``result.json`` holds, and the sections of the report.
    """
    directory, config, network = subject.directory, dict(subject.config), subject.network
    best = directory / "checkpoints" / "best.ckpt"
    restore(network, best)
    save_weights(network, best)
    sections = examine(subject, protocols)
    figures = all_figures(sections)
    result = {
        **figures,
        **spent,
        "seed": subject.seed,
        "parameters": sum(p.numel() for p in network.parameters()),
    }
    write_json(directory / "result.json", result)
    folder = directory / "evaluation"
    count = len(network.classes)
    found = {name[5:]: value for name, value in figures.items() if name.startswith("test/")}
    tiles = {f"{name.replace('_', ' ')}, test": value for name, value in found.items()}
    pictures = write_report(
        folder,
        config["name"],
        f"Actions of {count} numbers." if network.preprocess.continuous else f"{count} actions.",
        sections,
        tiles,
        yaml.safe_dump(config, sort_keys=False),
    )
    shutil.copyfile(folder / "report.html", directory / "report.html")
    log_results(loggers, result, sections, pictures)
    log_animation(loggers, directory / AGENT)
    log_run(loggers, config["name"], directory)
    return result, sections
