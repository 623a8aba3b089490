"""``lightning-contrast evaluate``: a checkpoint tested again."""

from pathlib import Path
from typing import Any

from lightning_contrast.entry import entry_point


def evaluate(
    checkpoint: str | Path,
    directory: Path,
    source: dict[str, Any] | None = None,
    trust: tuple[str, ...] = (),
    quiet: bool = True,
) -> dict[str, Any]:
    """Metrics and report of a checkpoint, on its own data or on another ``source`` (a config).

    The classes of another source are matched by name, and its training rows are taken as they are
    (``distribution`` shapes the run's own). Writes ``result.json``, ``report.html`` and
    the pictures to ``directory``; returns what ``result.json`` holds.

    Raises:
        InputError: a checkpoint that can't be used, or a source of other classes or modality.
    """
    from lightning_contrast.build import build_datamodule
    from lightning_contrast.data.relabel import relabel
    from lightning_contrast.errors import InputError
    from lightning_contrast.evaluation.judge import judge, publish
    from lightning_contrast.modules.classifier import ContrastiveClassifier
    from lightning_contrast.quiet import quieten

    quieten()
    module = ContrastiveClassifier.load(checkpoint, trust)
    if not module.run:
        raise InputError(f"{checkpoint} was trained without a config: evaluate it from Python")
    config = dict(module.run) | ({"source": source, "distribution": None} if source else {})
    datamodule = build_datamodule(config, preprocess=module.preprocess)
    relabel(datamodule, module.classes)
    judged = judge(module, datamodule, quiet=quiet, by_frequency=not source)
    directory.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"checkpoint": str(checkpoint), **judged.figures}
    publish(config, directory, datamodule, module, judged, result)
    return result


def run(config: Any) -> None:
    """The Hydra task."""
    from hydra.core.hydra_config import HydraConfig
    from omegaconf import OmegaConf

    from lightning_contrast.arguments import check_arguments
    from lightning_contrast.description import prefixes
    from lightning_contrast.evaluation.table import print_results

    plain: Any = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
    directory = Path(HydraConfig.get().runtime.output_dir)
    source, trust = plain.get("source"), prefixes(plain["trust"])
    check_arguments(evaluate, {"quiet": plain["quiet"]}, partial=True)
    result = evaluate(plain["checkpoint"], directory, source, trust, plain["quiet"])
    if not plain["quiet"]:
        print_results(result, {n: directory / n for n in ("result.json", "report.html")})


main = entry_point("evaluate", run)

if __name__ == "__main__":
    main()
