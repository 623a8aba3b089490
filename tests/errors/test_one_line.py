"""What a file holds can't break the line of a message, nor fill the screen."""

import pytest

from lightning_contrast.errors import InputError, listing, refuse


def test_line_breaks_and_escapes_of_a_value_are_written_out(capsys):
    with pytest.raises(SystemExit):
        refuse(InputError("class 'odd\none\x1b[2J\u2028café 😀' has one row"))
    assert capsys.readouterr().err == "error: class 'odd\\none\\x1b[2J\\u2028café 😀' has one row\n"


def test_a_name_as_long_as_a_text_is_cut():
    assert listing(["x" * 5000, "b"]) == "x" * 80 + "..., b"
