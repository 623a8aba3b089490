"""No text of a row acts as Markdown or HTML, whichever program shows the page."""

from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from lightning_contrast.report.findings import ReportTable
from lightning_contrast.report.markdown import escaped, markdown_table

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![](http://example.org/seen.png)",
    "a | b",
    "`code`",
    "*bold* and _emphasis_",
    "a\n\n# heading",
    "\\<b>",
    "&lt;b&gt;",
    "<http://example.org>",
    "\\| x",
]


class Seen(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = [], ""

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


def rendered(markdown: str) -> Seen:
    seen = Seen()
    seen.feed(MarkdownIt("commonmark").enable("table").render(markdown))
    return seen


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_is_shown_letter_by_letter(text):
    seen = rendered(f"Name: {escaped(text)}.")
    assert seen.tags == ["p"] and seen.text.strip() == f"Name: {' '.join(text.split())}."


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_stays_one_cell(text):
    seen = rendered(markdown_table(ReportTable(("a", text), [(text, 1)])))
    assert [seen.tags.count(tag) for tag in ("th", "td", "tr")] == [2, 2, 2]
    assert set(seen.tags) == {"table", "thead", "tbody", "tr", "th", "td"}
    assert " ".join(text.split()) in seen.text


def test_names_with_underscores_stay_readable():
    assert escaped("bbc_news (temperature 0.1)") == "bbc_news (temperature 0.1)"
