import json
import sys

import pytest

from lightning_contrast.loggers import workspace
from tests.offline_runs import read_run


def panels(board):
    sections = board["spec"]["section"]["panelBankConfig"]["sections"]
    return {s["name"]: [panel["config"] for panel in s["panels"]] for s in sections}


def test_a_dry_run_prints_the_dashboard_and_needs_no_account(capsys):
    workspace.main(["--dry-run", "--entity", "team", "--project", "p"])
    board = json.loads(capsys.readouterr().out)
    assert (board["entity"], board["project"]) == ("team", "p")
    assert list(panels(board)) == ["Training", "Health", "Results", "Report"]


def test_every_panel_shows_what_a_run_logs(sweep, capsys):
    workspace.main(["--dry-run"])
    shown = panels(json.loads(capsys.readouterr().out))
    _, config, history, summary, _ = read_run(sweep / "0")
    logged = {key for row in history for key in row} | summary.keys()
    lines = [key for name in ("Training", "Health") for p in shown[name] for key in p["metrics"]]
    assert set(lines) <= logged
    assert {key for p in shown["Results"] for key in p.get("metrics", ())} <= summary.keys()
    for panel in shown["Report"]:
        assert f"{panel['mediaKeys'][0]}/path" in logged
    for column in (p for panel in shown["Results"] for p in panel.get("columns", ())):
        kind, _, name = column["accessor"].partition(":")
        value = config if kind == "config" else summary
        for key in name.replace(".value", "").split(".") if kind == "config" else [name]:
            value = value[key]


def test_without_account_or_package_one_line_says_what_to_do(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    with pytest.raises(SystemExit, match="2"):
        workspace.main([])
    assert "run wandb login" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "wandb_workspaces.workspaces", None)
    monkeypatch.setitem(sys.modules, "wandb_workspaces.reports.v2", None)
    with pytest.raises(SystemExit, match="2"):
        workspace.main(["--dry-run"])
    assert "pip install 'lightning-contrast[workspace]'" in capsys.readouterr().err
