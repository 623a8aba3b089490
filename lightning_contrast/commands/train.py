"""``lightning-contrast train``: train, test, report."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lightning_contrast.commands.entry import entry_point

if TYPE_CHECKING:
    from lightning_contrast.data.datamodule import ContrastiveDataModule
    from lightning_contrast.evaluation.judge import Protocols
    from lightning_contrast.modules.classifier import ContrastiveClassifier


def train(config: dict[str, Any], directory: Path) -> dict[str, Any]:
    """Trains the run that a resolved config describes; returns what ``result.json`` holds.

    Leaves in ``directory``: ``result.json``, ``evaluation/`` (what its protocols find, and the
    report), ``model_card.md``, ``checkpoints/best.ckpt`` (best on validation) and ``last.ckpt``,
    and the loggers' files. A run that was broken off in ``directory`` goes on (``resume``). For
    several devices it starts a process each (``strategies.launch``) and waits for them.

    Raises:
        InputError: for everything that is wrong with the data or the config, in one line.
        Stopped: a signal of ``stop_signals`` came; ``last.ckpt`` is there to go on from.
    """
    from lightning_contrast.config.values import check_run
    from lightning_contrast.runtime.signals import AGAIN, Stopped, listening
    from lightning_contrast.training.devices import ranks_to_start
    from lightning_contrast.training.launch import run_ranks
    from lightning_contrast.training.requeue import requeue

    check_run(config)
    with listening(config["stop_signals"]):
        try:
            if count := ranks_to_start(config):
                return run_ranks(config, directory, count)
            return train_and_test(config, directory)
        except Stopped as stopped:
            from lightning_contrast.runtime.distributed import is_first_process

            if is_first_process() and not stopped.told:
                print(f"stopped by {stopped.name}, not in training", file=sys.stderr)
            if stopped.code == AGAIN:
                requeue()
            raise


def train_and_test(config: dict[str, Any], directory: Path) -> dict[str, Any]:
    """What ``train`` does with a checked config in one process; ranks beyond the first return
    nothing."""
    from pytorch_lightning import seed_everything

    from lightning_contrast.build.parts import (
        build_callbacks,
        build_datamodule,
        build_loggers,
        build_module,
        build_protocols,
        build_trainer,
    )
    from lightning_contrast.loggers.continued import go_on, logged_before
    from lightning_contrast.loggers.make import close_loggers, log_config
    from lightning_contrast.runtime.distributed import leave
    from lightning_contrast.runtime.quiet import quieten
    from lightning_contrast.training.resume import start
    from lightning_contrast.training.stopwatch import Stopwatch

    quieten()
    protocols = build_protocols(config)
    (directory / "checkpoints").mkdir(parents=True, exist_ok=True)
    checkpoint = start(config, directory)
    seed_everything(config["seed"], verbose=False)
    datamodule = build_datamodule(config)
    module = build_module(config, datamodule)
    logged = logged_before(directory, checkpoint)
    loggers = build_loggers(config, directory)
    watch = Stopwatch()
    callbacks = [*build_callbacks(config, directory), watch]
    trainer = build_trainer(config, directory, loggers, callbacks)
    finished = False
    try:
        go_on(loggers, logged, directory)
        log_config(loggers, config)
        module.train()
        trainer.fit(module, datamodule, ckpt_path=checkpoint, weights_only=True)
        steps = {"train/steps": trainer.global_step, "train/processes": trainer.world_size}
        spent = {**watch.spent(), **steps}
        result = {}
        best = directory / "checkpoints" / "best.ckpt"
        # No validation rows, or none came up: the last weights are the best.
        if not trainer.strategy.broadcast(best.exists()):
            trainer.save_checkpoint(best)
        leave()  # from here the first rank is alone
        if any(getattr(callback, "pruned", False) for callback in callbacks):
            result = give_up(config, directory, trainer, spent)
        elif trainer.is_global_zero:
            result = conclude(config, directory, module, datamodule, loggers, spent, protocols)
        finished = True
    finally:
        close_loggers(loggers, exit_code=0 if finished else 1)
    return result


def give_up(
    config: dict[str, Any], directory: Path, trainer: Any, spent: dict[str, float]
) -> dict[str, Any]:
    """What ``result.json`` holds of a bad trial of a study: no test, no report."""
    from lightning_contrast.evaluation.judge import write_json

    metric = float(trainer.checkpoint_callback.best_model_score)
    result = {"pruned": True, config["metric"]: metric, "seed": config["seed"], **spent}
    if trainer.is_global_zero:
        write_json(directory / "result.json", result)
    return result


def conclude(
    config: dict[str, Any],
    directory: Path,
    module: "ContrastiveClassifier",
    datamodule: "ContrastiveDataModule",
    loggers: list,
    spent: dict[str, float],
    protocols: "Protocols",
) -> dict[str, Any]:
    """Calibrates and tests the best checkpoint of a run; writes ``result.json``, ``evaluation/``,
    ``model_card.md``, and W&B's tables."""
    from lightning_contrast.evaluation.judge import judge, publish
    from lightning_contrast.evaluation.subject import Subject
    from lightning_contrast.inference.calibrate import calibrate
    from lightning_contrast.loggers.artifacts import log_run
    from lightning_contrast.loggers.tensorboard import log_projector
    from lightning_contrast.modules.checkpoint import restore, save_weights
    from lightning_contrast.report.card import write_model_card

    best = directory / "checkpoints" / "best.ckpt"
    restore(module, best)
    subject = Subject(module, datamodule, config, directory, best, quiet=config["quiet"])
    result = judge(subject, fit_head=True) | spent | calibrate(module, subject.validation)
    save_weights(module, best)
    if config["baselines"]:
        result |= baselines(config, directory, datamodule)
    found = publish(subject, result, protocols, loggers)
    write_model_card(directory / "model_card.md", subject, result, found)
    log_projector(loggers, subject)
    log_run(loggers, config["name"], directory)
    return result


def baselines(
    config: dict[str, Any], directory: Path, datamodule: "ContrastiveDataModule"
) -> dict[str, float]:
    """What stands beside the run: a plain classifier, the untrained encoder, cross-entropy."""
    from lightning_contrast.evaluation.baselines import plain_baselines
    from lightning_contrast.training.baselines import cross_entropy, untrained

    assert datamodule.splits is not None
    labelled, train, validation, test = datamodule.splits[:4]
    figures = plain_baselines(labelled, train, validation, test, datamodule.modality)
    figures |= untrained(config, directory, datamodule)
    return figures | cross_entropy(config, directory, datamodule)


def run(config: Any) -> float | None:
    """The Hydra task: trains, prints the table, and gives a sweep its metric."""
    from hydra.core.hydra_config import HydraConfig
    from omegaconf import OmegaConf

    from lightning_contrast.config.values import check_choices
    from lightning_contrast.evaluation.judge import written
    from lightning_contrast.loggers.names import name_run
    from lightning_contrast.report.table import baselines_table, figures_table, print_results
    from lightning_contrast.sweeps import outcome

    plain: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    check_choices(HydraConfig.get().overrides.task, plain)
    name_run(plain, HydraConfig.get())
    directory = Path(HydraConfig.get().runtime.output_dir)
    if plain["rerun_failed"] and (done := outcome.result(directory)):
        return done.get(plain["metric"])
    result = train(plain, directory)
    if result and not plain["quiet"] and not result.get("pruned"):
        paths = {**written(directory), "checkpoints/best.ckpt": directory / "checkpoints/best.ckpt"}
        print_results([figures_table(result), baselines_table(result)], paths)
        if skipped := result.get("rows/skipped"):
            print(f" {skipped} rows of the source were skipped (source.skip_bad_rows)")
    return result.get(plain["metric"])


main = entry_point("train", run)

if __name__ == "__main__":
    main()
