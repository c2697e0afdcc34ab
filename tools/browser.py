"""Opens every page of the site in Chromium, all other hosts blocked, as a reader would: wide and narrow, light and dark."""
import argparse
import functools
import http.server
import itertools
import shutil
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

from tools.notebooks import ROOT, Failure

WIDTHS, THEMES = (1400, 390), ("light", "dark")
PATIENCE = 30_000                              # milliseconds until a page's formulas are typeset
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
TYPESET = "() => !window.MathJax || !document.querySelector('.math') || (window.MathJax.startup && window.MathJax.startup.promise.then(() => true))"
FAULTY_FORMULAS = """() => [
    ...[...document.querySelectorAll('[data-mjx-error], mjx-merror, g[data-mml-node="merror"]')].map(e => 'in error: ' + (e.getAttribute('data-mjx-error') || e.textContent)),
    ...[...document.querySelectorAll('.math')].filter(e => !e.querySelector('mjx-container')).map(e => 'not typeset: ' + e.textContent.slice(0, 80)),
    ...(() => { const w = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
        while (w.nextNode()) { const n = w.currentNode;
            if (!n.parentElement.closest('pre, code, script, style, mjx-container, .math') && /\\$\\$|\\\\\\(|\\\\\\[|\\\\(frac|tag|begin|mathsf)\\b/.test(n.data)) found.push('left as TeX: ' + n.data.slice(0, 80)); }
        return found; })()]"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def chromium():
    "The path of a Chromium on this machine, or None."
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)


class Quiet(http.server.SimpleHTTPRequestHandler):
    "Serves files and says nothing."

    def log_message(self, *args):
        "Nothing."


@contextmanager
def served(folder):
    "Serves `folder` on this machine; gives its address."
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()


def listen(page, home, faults):
    "Notes console errors, and blocks and notes requests to other hosts."
    def route(route):
        if route.request.url.startswith((home, "data:", "blob:")):
            return route.continue_()
        faults.append(f"asks another host for {route.request.url}")
        return route.abort()
    page.route("**/*", route)
    page.on("console", lambda message: faults.append(f"console error: {message.text}") if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on("response", lambda response: faults.append(f"{response.status} for {response.url}") if response.status >= 400 else None)


def look(page, home, name, shots):
    "The faults of one page, wide in the light theme and narrow in the dark one; with shots, in all four ways."
    from playwright.sync_api import Error
    faults = []
    listen(page, home, faults)
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    page.goto(home + name, wait_until="load")
    try:
        page.wait_for_function(TYPESET, timeout=PATIENCE)
    except Error as error:
        faults.append(f"formulas are not typeset: {error.message.splitlines()[0]}")
    faults += page.evaluate(FAULTY_FORMULAS)
    for width, theme in itertools.product(WIDTHS, THEMES) if shots else zip(WIDTHS, THEMES):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        if (excess := page.evaluate(OVERFLOW)) > 0:
            faults.append(f"scrolls sideways by {excess} px at a width of {width} px")
        if shots:
            page.screenshot(path=shots / f"{Path(name).stem}-{width}-{theme}.png", full_page=True)
    page.unroute_all()
    return [f"{name} {fault}" for fault in dict.fromkeys(faults)]


def check(site, only=(), shots=None):
    "Raises with what is wrong on the pages of the site; returns how many were opened."
    from playwright.sync_api import sync_playwright
    names = sorted(path.name for path in site.glob("*.html") if not only or path.stem in only)
    if not names:
        raise Failure(f"there is no such page in {site}: build the site first")
    faults = []
    with served(site) as home, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium(), args=FLAGS)
        context = browser.new_context()
        for name in names:
            page = context.new_page()
            faults += look(page, home, name, shots)
            page.close()
        browser.close()
    if faults:
        raise Failure("\n".join(faults))
    return len(names)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Open the pages of _docs/ in Chromium.")
    parser.add_argument("pages", nargs="*", help="names without .html; without any, all")
    parser.add_argument("--shots", type=Path, help="a folder for screenshots, at both widths and in both themes")
    arguments = parser.parse_args()
    if arguments.shots:
        arguments.shots.mkdir(parents=True, exist_ok=True)
    try:
        print(f"{check(ROOT / '_docs', arguments.pages, arguments.shots)} pages opened, nothing amiss")
    except Failure as failure:
        sys.exit(str(failure))
