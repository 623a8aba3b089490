"""What a search shows on the terminal."""

from lightning_contrast.files.row import Row
from lightning_contrast.inference.found import SearchResult, print_found
from lightning_contrast.inference.neighbours import Neighbour
from lightning_contrast.modules.prediction import Prediction


def test_rows_and_labels_cannot_act_on_a_terminal_or_be_taken_for_markup(capsys):
    evil = "[bold]a[/b] \x1b]52;c;Zm9v\x07 \x9b2J"
    near = Neighbour(1, evil, 0.5, evil)
    print_found(SearchResult(Row(1, evil), Prediction(evil, {evil: 0.75}), [near]))
    shown = capsys.readouterr().out
    assert "\x1b" not in shown and "\x9b" not in shown and "\x07" not in shown
    assert shown.count("[bold]a[/b]") >= 3 and "\\x1b]52;c;Zm9v\\x07" in shown
