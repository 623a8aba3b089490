"""Runs one process of a run: it trains, and the first rank tests and reports."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pytorch_lightning import Trainer, seed_everything

from lightning_contrast.build.length import with_length
from lightning_contrast.build.parts import (
    build_callbacks,
    build_datamodule,
    build_loggers,
    build_module,
    build_protocols,
    build_trainer,
    measured,
)
from lightning_contrast.build.without_labels import watching
from lightning_contrast.errors import on_one_line
from lightning_contrast.evaluation.judge import fit_head, judge, publish
from lightning_contrast.evaluation.shown import show, written
from lightning_contrast.evaluation.subject import Subject
from lightning_contrast.inference.calibrate import calibrate, calibrate_pairs
from lightning_contrast.loggers.artifacts import log_run
from lightning_contrast.loggers.continued import go_on, kept_run_id, logged_before
from lightning_contrast.loggers.make import logging_to
from lightning_contrast.loggers.results import log_results
from lightning_contrast.loggers.tensorboard import log_projector
from lightning_contrast.modules.checkpoint import restore, save_weights
from lightning_contrast.report.card import write_model_card
from lightning_contrast.report.report import Section, write_json
from lightning_contrast.runtime.distributed import leave
from lightning_contrast.runtime.first_process import is_first_process
from lightning_contrast.runtime.quiet import quieten
from lightning_contrast.training.acted import conclude_play
from lightning_contrast.training.baselines import baselines
from lightning_contrast.training.resume import start, steps_of
from lightning_contrast.training.stopwatch import Stopwatch


def train_and_test(config: dict[str, Any], directory: Path) -> dict[str, Any]:
    """Trains, tests and reports in one process, for ``training.run.train``.

    Returns what ``result.json`` holds; ranks beyond the first return nothing.
    """
    quieten()
    protocols = build_protocols(config)
    (directory / "checkpoints").mkdir(parents=True, exist_ok=True)
    checkpoint = start(config, directory)
    seed_everything(config["seed"], verbose=False)
    datamodule = build_datamodule(config)
    config = with_length(config, datamodule)
    module = build_module(config, datamodule)
    if is_first_process():
        warned = datamodule.splits.notes if datamodule.splits else {}
        for name, line in datamodule.unseen.items():
            if name not in warned:
                print(f"unseen: {on_one_line(line)}", file=sys.stderr)
    logged = logged_before(directory, steps_of(checkpoint) if checkpoint else 0)
    loggers = build_loggers(config, directory, kept_run_id(directory))
    watch = Stopwatch()
    config, _ = watching(config, measured(config, module), datamodule, not module.unit.reads_places)
    callbacks = [*build_callbacks(config, directory), watch]
    trainer = build_trainer(config, directory, loggers, callbacks)
    go_on(loggers, logged)
    with logging_to(loggers, config):
        module.train()
        trainer.fit(module, datamodule, ckpt_path=checkpoint, weights_only=True)
        steps = {"train/steps": trainer.global_step, "train/processes": trainer.world_size}
        spent = {**watch.spent(), **steps}
        best = directory / "checkpoints" / "best.ckpt"
        # Without a validation (no rows, or none was due) the last weights are the best.
        if not trainer.strategy.broadcast(best.exists()):
            trainer.save_checkpoint(best)
        leave()  # from here on the first rank works alone
        result: dict[str, Any] = {}
        sections: dict[str, Section] = {}
        if any(getattr(callback, "pruned", False) for callback in callbacks):
            result = give_up(config, directory, trainer, spent)
        elif trainer.is_global_zero:
            subject = Subject(
                module.network, datamodule, config, directory, best, quiet=config["quiet"]
            )
            finish = conclude_play if datamodule.splits is None else conclude
            result, sections = finish(subject, loggers, spent, protocols)
    if sections and not config["quiet"]:
        skipped = result.get("rows/skipped")
        line = f"{skipped} rows of the source were skipped (source.skip_bad_rows)"
        show(sections, written(directory), *([line] if skipped else []))
    return result


def give_up(
    config: dict[str, Any], directory: Path, trainer: Trainer, spent: dict[str, float]
) -> dict[str, Any]:
    """Ends a pruned trial of a study: its ``result.json`` has no test and no report."""
    checkpoints: Any = trainer.checkpoint_callback
    metric = float(checkpoints.best_model_score)
    result = {"pruned": True, config["metric"]: metric, "seed": config["seed"], **spent}
    if trainer.is_global_zero:
        write_json(directory / "result.json", result)
    return result


def conclude(
    subject: Subject, loggers: Sequence[Any], spent: dict[str, float], protocols: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Section]]:
    """Calibrates and tests the best checkpoint of a run.

    Writes ``result.json``, ``evaluation/`` and ``model_card.md``, and gives them to the loggers.
    Returns what ``result.json`` holds, and the sections of the report.
    """
    network, config, directory = subject.network, dict(subject.config), subject.directory
    best = directory / "checkpoints" / "best.ckpt"
    restore(network, best)
    result = fit_head(subject) | calibrate(network, subject.validation)
    result |= calibrate_pairs(network, subject.datamodule, config["quiet"])
    result |= judge(subject) | spent
    save_weights(network, best)
    if config["baselines"]:
        result |= baselines(subject)
    sections, pictures = publish(subject, result, protocols)
    log_results(loggers, result, sections, pictures)
    write_model_card(directory / "model_card.md", subject, result, sections)
    log_projector(loggers, subject)
    log_run(loggers, config["name"], directory)
    return result, sections
