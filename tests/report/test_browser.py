"""The report in a real browser: everything is there, and nothing was asked for from elsewhere."""

import json
import re
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from lightning_contrast.config.construct import construct
from lightning_contrast.evaluation.judge import judge, publish
from tests.choices import config

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
# What the browser itself says of the page, put where --dump-dom shows it.
ASK = """<script>addEventListener("load", () => {
  const images = [...document.images];
  document.title = "SEEN" + JSON.stringify({
    images: images.length,
    drawn: images.filter(i => i.complete && i.naturalWidth > 7).length,
    tables: document.querySelectorAll("table").length,
    narrow: [...document.querySelectorAll("section")].every(s => s.scrollWidth <= s.clientWidth),
    fetched: performance.getEntriesByType("resource").map(r => r.name)
      .filter(name => !name.startsWith("data:")).length,
  }) + "END"; });</script>"""


@pytest.mark.slow
@pytest.mark.skipif(not BROWSER, reason="no Chromium: scripts/install_browser installs it")
def test_the_report_shows_its_tables_and_pictures_in_a_browser(subject, tmp_path):
    subject.directory = tmp_path
    names = ("accuracy", "embedding", "robustness", "diagnostics")
    protocols = {name: construct(config("protocols", name)) for name in names}
    sections, _ = publish(subject, judge(subject), protocols)
    page = tmp_path / "evaluation" / "report.html"
    asked = tmp_path / "asked.html"
    asked.write_text(page.read_text("utf-8").replace("</body>", f"{ASK}</body>"), "utf-8")
    dom = chromium(tmp_path, "--dump-dom", asked.as_uri())
    seen = json.loads(re.search(r"SEEN(.*?)END", dom).group(1))
    findings = [section.findings for section in sections.values()]
    tables = [table for found in findings for table in found.tables.values() if table.rows]
    plots = sum(len(found.plots) for found in findings)
    assert seen["drawn"] == seen["images"] >= plots >= 7
    assert seen["tables"] == len(tables) >= 10
    assert seen["fetched"] == 0 and seen["narrow"]
    chromium(tmp_path, f"--screenshot={tmp_path}/page.png", page.as_uri())
    shot = np.asarray(Image.open(tmp_path / "page.png").convert("RGB"))
    assert shot.shape == (4000, 1200, 3)
    filled = [part.std() > 3 for part in np.array_split(shot, 8)]
    assert all(filled), "the page ends early"


def chromium(folder, *words: str) -> str:
    """Headless, with a profile of its own and no name on the network resolved."""
    done = subprocess.run(
        [
            *(BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"),
            *(f"--user-data-dir={folder}/profile", "--window-size=1200,4000"),
            *("--host-resolver-rules=MAP * ~NOTFOUND", "--virtual-time-budget=5000", *words),
        ],
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
