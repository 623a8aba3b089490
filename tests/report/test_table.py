from lightning_contrast.report.findings import ReportTable
from lightning_contrast.report.table import baselines_table, figures_table, print_results

FIGURES = {
    "validation/accuracy": 0.98765,
    "test/accuracy": 0.9,
    "test/macro_f1": 0.8,
    "test/alignment": 0.25,
    "baseline/tfidf_svm/validation/accuracy": 0.7,
    "baseline/tfidf_svm/test/accuracy": 0.6,
    "train/steps": 12,
}


def test_each_metric_has_one_line_in_the_order_of_the_summary():
    assert figures_table(FIGURES).rows == [
        ("accuracy", 0.98765, 0.9),
        ("macro F1", None, 0.8),
        ("alignment", None, 0.25),
    ]


def test_baselines_stand_below_this_run():
    assert baselines_table(FIGURES).rows == [
        ("this run", 0.98765, 0.9, 0.8),
        ("tfidf svm", 0.7, 0.6, None),
    ]
    assert baselines_table({"test/accuracy": 0.5}).rows == []


def test_prints_figures_and_whole_paths_on_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    path = "/" + "long [name]/" * 12 + "best.ckpt"
    tables = [figures_table(FIGURES), baselines_table(FIGURES)]
    print_results(tables, {"checkpoint": path, "report": "report.html"}, ["a [note]"])
    shown = capsys.readouterr().out
    assert "98.77 %" in shown and "0.250" in shown
    assert "tfidf svm" in shown and "a [note]" in shown
    assert path in shown


def test_a_cell_in_brackets_is_no_markup_and_signs_of_the_terminal_are_written_out(capsys):
    rows = [("[in_batch,queue]", "x[/b]"), ("[/]", "\x1b[2J")]
    print_results([ReportTable(("candidates[]", "[b]name"), rows, "of [two] runs")])
    shown = capsys.readouterr().out
    for text in ("[in_batch,queue]", "x[/b]", "[/]", "\\x1b[2J", "[b]name", "of [two] runs"):
        assert text in shown
