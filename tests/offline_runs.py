"""Reads back what W&B wrote offline (LevelDB's log format)."""

import json
import struct
import time

from wandb.proto.wandb_internal_pb2 import Record


def records(folder):
    """The records of the only offline run under ``folder``, once it was closed."""
    # W&B's own process may write the last of it a moment after the run was closed.
    deadline = time.monotonic() + 20
    found = list(_so_far(folder))
    while not any(record.HasField("exit") for record in found):
        assert time.monotonic() < deadline, "the run was not closed"
        time.sleep(0.02)
        found = list(_so_far(folder))
    return found


def _so_far(folder):
    (path,) = folder.glob("wandb/offline-run-*/run-*.wandb")
    data, position, parts = path.read_bytes(), 7, b""
    while position + 7 <= len(data):
        room = 32768 - position % 32768
        if room < 7:
            position += room
            continue
        _, size, kind = struct.unpack_from("<IHB", data, position)
        parts += data[position + 7 : position + 7 + size]
        position += 7 + size
        if kind in (1, 4):  # whole, or the last part
            yield Record.FromString(parts)
            parts = b""


def read_run(folder):
    """``(run, config, history rows, summary, exit code)`` of an offline run, as plain values."""
    run, config, history, summary, code = None, {}, [], {}, None
    for record in records(folder):
        kind = record.WhichOneof("record_type")
        if kind == "run":
            run = record.run
        elif kind == "config":
            config.update(
                {i.key or i.nested_key[0]: json.loads(i.value_json) for i in record.config.update}
            )
        elif kind == "history":
            items = record.history.item
            history.append(
                {i.key or "/".join(i.nested_key): json.loads(i.value_json) for i in items}
            )
        elif kind == "summary":
            items = record.summary.update
            summary.update(
                {i.key or ".".join(i.nested_key): json.loads(i.value_json) for i in items}
            )
        elif kind == "exit":
            code = record.exit.exit_code
    return run, config, history, summary, code


def artifacts(folder):
    """Its artefacts by name, without the tables' own."""
    found = [r.artifact for r in records(folder) if r.HasField("artifact")]
    return {artifact.name: artifact for artifact in found if artifact.type != "run_table"}


def table(folder, name):
    """Columns and rows of a table that was logged under a name."""
    for record in records(folder):
        for item in record.artifact.manifest.contents if record.HasField("artifact") else ():
            if item.path == f"{name}.table.json":
                with open(item.local_path) as file:
                    content = json.load(file)
                return content["columns"], content["data"]
    raise AssertionError(f"no table {name}")
