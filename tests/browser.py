"""A headless browser before the served page: what it complained of and whom it asked is kept."""

import contextlib
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SWITCHES = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
AXE = Path(__file__).parents[1] / "node_modules" / "axe-core" / "axe.min.js"


@contextlib.contextmanager
def served(folder, model="stand-in", mcp=False, port=0, **options):
    """The page over an index on a free port, until the block ends: its address."""
    from app.library import Library
    from app.settings import Settings
    from app.ui.serve import application, server_of

    server = server_of(application(Library(Settings(folder, model)), mcp=mcp), **options)
    with socket.create_server(("127.0.0.1", port)) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started:
            assert time.monotonic() < deadline and thread.is_alive(), "the page did not come up"
            time.sleep(0.02)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(10)


@contextlib.contextmanager
def chromium():
    """A headless Chromium, or a skip with the reason."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("no chromium on this machine; install it to test the page in a browser")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


# What Gradio's client says of its own open stream when a tab goes on to the next address: no fault of a page.
LEFT = ("AbortError", "Connection errored out")


def tab_of(browser, address, width=1280, height=900, scheme="light"):
    """A tab that remembers complaints and strangers."""

    def complain(text: str) -> None:
        if not any(sign in text for sign in LEFT):
            tab.complaints.append(text)

    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    tab = context.new_page()
    tab.address, tab.complaints, tab.strangers = address, [], []
    tab.on("console", lambda message: complain(message.text) if message.type == "error" else None)
    tab.on("pageerror", lambda error: complain(str(error)))
    ours = (address, "data:", "blob:")
    tab.on("request", lambda asked: None if asked.url.startswith(ours) else tab.strangers.append(asked.url))
    return tab


def visit(tab, path, sign="#view [data-whole]"):
    """Open an address and wait until all of it is shown."""
    tab.goto(tab.address + path)
    tab.wait_for_selector(sign, timeout=20_000)
    tab.wait_for_function("!('busy' in document.documentElement.dataset)")


def in_view(tab, selector: str) -> bool:
    box = tab.locator(selector).first.bounding_box()
    return bool(box) and box["y"] < tab.viewport_size["height"] and box["y"] + box["height"] > 0
