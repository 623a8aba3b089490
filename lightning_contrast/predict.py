"""``lightning-contrast predict``: labels of new rows, as JSON lines."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lightning_contrast.entry import entry_point
from lightning_contrast.errors import InputError

if TYPE_CHECKING:
    from lightning_contrast.modules.classifier import ContrastiveClassifier


class Counts(NamedTuple):
    """Rows that were labelled, and rows that were left out."""

    labelled: int
    skipped: int


def predict(
    model: "ContrastiveClassifier",
    rows: Sequence[str],
    output: Path,
    batch_size: int = 256,
    skip_bad_rows: bool = False,
    quiet: bool = True,
) -> Counts:
    """Writes ``{"input": ..., "label": ..., "probabilities": {...}}``, one a line, to ``output``.

    The file appears when it is whole.

    Raises:
        InputError: a row that can't be read, unless ``skip_bad_rows``: the row is named, the first
            is 1; or an output that can't be written.
    """
    if batch_size < 1:
        raise InputError(f"batch_size must be at least 1, got {batch_size}: set batch_size=256")
    partial = output.with_name(output.name + ".partial")
    labelled = 0
    try:
        with partial.open("w", encoding="utf-8") as lines:
            for row, answer in _answers(model, rows, batch_size, skip_bad_rows, quiet):
                record = {"input": row, **answer._asdict()}
                lines.write(json.dumps(record, ensure_ascii=False) + "\n")
                labelled += 1
        os.replace(partial, output)
    except OSError as error:
        raise InputError(
            f"output {output} can't be written ({error.strerror}): choose another output=FILE"
        ) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
    return Counts(labelled, len(rows) - labelled)


def _answers(
    model: "ContrastiveClassifier",
    rows: Sequence[str],
    batch_size: int,
    skip_bad_rows: bool,
    quiet: bool,
) -> Iterator[tuple[str, Any]]:
    from lightning_contrast.quiet import tracked

    starts = range(0, len(rows), batch_size)
    for start in tracked(starts, "predicting", quiet):
        batch = list(rows[start : start + batch_size])
        try:
            answers = model.predict(batch, batch_size, first_row=start + 1)
        except InputError as error:
            if not skip_bad_rows:
                raise InputError(f"{error}; skip_bad_rows=true leaves such rows out") from error
            batch = [row for row in batch if _readable(model, row)]
            answers = model.predict(batch, batch_size) if batch else []
        yield from zip(batch, answers, strict=True)


def _readable(model: "ContrastiveClassifier", row: str) -> bool:
    try:
        model.check([row])
        model.preprocess.batch([row])
    except InputError:
        return False
    return True


def run(config: Any) -> None:
    """The Hydra task."""
    from lightning_contrast.arguments import check_arguments
    from lightning_contrast.description import prefixes
    from lightning_contrast.modules.classifier import ContrastiveClassifier
    from lightning_contrast.quiet import quieten
    from lightning_contrast.sources.unlabelled import read_unlabelled

    quieten()
    settings = {name: config[name] for name in ("batch_size", "skip_bad_rows", "quiet")}
    check_arguments(predict, settings, partial=True)
    output = Path(str(config.output)).expanduser()
    if output.is_dir():
        raise InputError(f"output {output} is a folder: name a file, output={output}/labels.jsonl")
    if not output.parent.is_dir():
        raise InputError(f"output {output}: there is no folder {output.parent}; make it first")
    model = ContrastiveClassifier.load(config.checkpoint, prefixes(config.trust))
    given = str(config.input)
    rows = read_unlabelled(given, model.modality, str(config.text_column), str(config.encoding))
    counts = predict(model, rows, output, **settings)
    if counts.skipped or not config.quiet:
        print(f"{counts.labelled} rows labelled, {counts.skipped} skipped: {output}")


main = entry_point("predict", run)

if __name__ == "__main__":
    main()
