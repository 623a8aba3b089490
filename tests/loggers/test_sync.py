import pytest

from lightning_contrast.loggers import sync


@pytest.fixture
def runs(tmp_path):
    for number, sent in ((2, False), (1, False), (3, True)):
        folder = tmp_path / f"job{number}" / "wandb" / f"offline-run-2026010{number}_000000-id"
        folder.mkdir(parents=True)
        (folder / "run-id.wandb").write_bytes(b"x")
        if sent:
            (folder / "run-id.wandb.synced").touch()
    return tmp_path


@pytest.fixture(autouse=True)
def nobody(monkeypatch, tmp_path):
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))


def test_those_that_wait_are_sent_the_oldest_first(runs, monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    sent = []
    assert sync.sync(runs, lambda run: sent.append(run) is None) == 2
    assert [run.parents[1].name for run in sent] == ["job1", "job2"]


def test_one_line_says_that_nobody_is_logged_in(runs, capsys):
    with pytest.raises(SystemExit, match="2"):
        sync.main([str(runs)])
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "2 offline runs wait" in error and "run wandb login" in error


def test_a_run_that_could_not_be_sent_is_named_and_the_others_are_sent(runs, monkeypatch):
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    sent = []

    def send(run):
        sent.append(run)
        return "job2" in str(run)

    with pytest.raises(sync.InputError, match=r"1 of 2 runs .*job1"):
        sync.sync(runs, send)
    assert len(sent) == 2


def test_no_folder_and_nothing_to_send(tmp_path, capsys):
    for words in ([str(tmp_path / "none")], []):
        with pytest.raises(SystemExit, match="2"):
            sync.main(words)
    sync.main([str(tmp_path)])
    assert "no offline run waits" in capsys.readouterr().out
