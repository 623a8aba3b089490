from lightning_contrast.evaluation.table import baseline_lines, metric_lines, print_results

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
    assert [(line.name, line.cells) for line in metric_lines(FIGURES)] == [
        ("accuracy", ("98.77 %", "90.00 %")),
        ("macro F1", ("–", "80.00 %")),
        ("alignment", ("–", "0.250")),
    ]


def test_baselines_stand_below_this_run():
    assert [(line.name, line.cells) for line in baseline_lines(FIGURES)] == [
        ("this run", ("98.77 %", "90.00 %", "80.00 %")),
        ("tfidf svm", ("70.00 %", "60.00 %", "–")),
    ]
    assert baseline_lines({"test/accuracy": 0.5}) == []


def test_prints_figures_and_whole_paths_on_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    path = "/" + "long [name]/" * 12 + "best.ckpt"
    print_results(FIGURES, {"checkpoint": path, "report": "report.html"})
    shown = capsys.readouterr().out
    assert "98.77 %" in shown
    assert "tfidf svm" in shown
    assert path in shown
