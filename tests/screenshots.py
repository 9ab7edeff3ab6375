"""The README's pictures, taken of the page over the sample letters: make screenshots."""

import sys
from pathlib import Path

from browser import chromium, served, tab_of, visit

FOLDER = Path(__file__).parents[1] / "docs" / "images"
QUESTION = "/?q=which+ESI+denials+cited+missing+radiculopathy+findings"


def main(index: Path) -> None:
    FOLDER.mkdir(exist_ok=True)
    with served(index, "all-MiniLM-L6-v2") as address, chromium() as browser:
        for scheme in ("light", "dark"):
            tab = tab_of(browser, address, 1280, 800, scheme)
            visit(tab, QUESTION)
            tab.screenshot(path=FOLDER / f"ask-{scheme}.png")
            tab.click(".card h3 a >> nth=1")
            tab.wait_for_selector(".letter mark")
            tab.wait_for_timeout(300)
            tab.screenshot(path=FOLDER / f"decision-{scheme}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
