"""Take the picture of ``out/plan.html``, after ``make run``: ``python docs/take_picture.py``; needs chromium."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "page.png"
NAMES = ("chromium", "chromium-browser", "google-chrome")

if __name__ == "__main__":
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        raise SystemExit(f"chromium: got none of {', '.join(NAMES)}; expected one on the path. Install chromium.")
    page = (ROOT / "out" / "plan.html").resolve(strict=True)
    options = ["--headless", "--no-sandbox", "--hide-scrollbars", "--window-size=1100,1180"]
    subprocess.run([browser, *options, f"--screenshot={PICTURE}", page.as_uri()], check=True)  # noqa: S603  # our own page
    print(f"{PICTURE.stat().st_size} bytes")
