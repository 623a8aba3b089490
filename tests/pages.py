"""The project's README files as the tests read them: blocks between fences, commands, links."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        *(
            page
            for folder in ("conf", "experiments", "lightning_contrast", "scripts")
            for page in (ROOT / folder).rglob("README.md")
        ),
    ]
)
FILE = re.compile(r"# ([\w/.]+\.(?:py|yaml))\n")


class Block(NamedTuple):
    """What stands between two fences. A first line ``# mine.py`` makes it the content of a file."""

    language: str
    content: str

    @property
    def file(self) -> str | None:
        named = FILE.match(self.content)
        return named[1] if named else None


def blocks(page: Path) -> list[Block]:
    """All blocks of a page, in its order."""
    text = page.read_text(encoding="utf-8")
    return [Block(*found) for found in re.findall(r"^```(\w+)\n(.*?)^```", text, re.M | re.S)]


def sessions(page: Path) -> list[list[str]]:
    """The commands of each block of shell, without comments."""
    found = []
    for block in blocks(page):
        if block.language == "sh":
            lines = block.content.replace("\\\n", " ").splitlines()
            bare = [re.split(r"(?:^|\s)# ", line)[0].strip() for line in lines]
            found.append([re.sub(r"\s+", " ", line) for line in bare if line])
    return found


def commands(page: Path) -> list[str]:
    """All commands of a page."""
    return [line for session in sessions(page) for line in session]


def named(page: Path) -> str:
    """A page's name in the ids of tests.

    >>> named(ROOT / "conf" / "README.md")
    'conf/README.md'
    """
    return page.relative_to(ROOT).as_posix()


def heading_links(page: Path) -> set[str]:
    """The names by which GitHub links to a page's headings."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.M)
    bare = [re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings]
    return {heading.replace(" ", "-") for heading in bare}


def links(page: Path) -> list[str]:
    """Where a page's links and pictures lead."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.findall(r"\]\(([^)\s]+)\)", text)
