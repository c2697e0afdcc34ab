"""Opens every page of the site in Chromium, all other hosts blocked, as a reader would:
wide and narrow, light and dark."""
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
PATIENCE = 30_000                     # milliseconds until a page's formulas are typeset

# The least contrast of a text with what is behind it, as WCAG 2 reckons it, from 1 to 21.
# WCAG asks for 4.5. Some colours of the embedded site's code would fail that, braces in
# strings with 2.42 and comments with 2.57; black on near-black, which has 1.1, must fail
# this. It is to be raised to 4.5 when the code has other colours.
CONTRAST = 2.0

# One page is used for all, without Playwright's interception of requests, which would keep
# Chromium from caching MathJax: that no other host answers is settled by its own rules.
# It is the page of an app: a window without tabs and tools, which would be drawn as well.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", "--app=data:,"]
SCRIPTS = Path(__file__).parent / "browser.js"


def chromium():
    "The path of a Chromium on this machine, or None."
    names = "chromium", "chromium-browser", "google-chrome", "chrome"
    return next(filter(None, map(shutil.which, names)), None)


class Quiet(http.server.SimpleHTTPRequestHandler):
    "Serves files, lets the browser keep them, and says nothing."
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        "Serves a file, and nothing where the browser by itself asks for an icon."
        if self.path == "/favicon.ico":
            self.send_response(204)
            return self.end_headers()
        return super().do_GET()

    def end_headers(self):
        "Allows the browser to keep what it has for the length of a check."
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def log_message(self, *args):
        "Nothing."


@contextmanager
def served(folder):
    "Serves `folder` on this machine; gives its address."
    handler = functools.partial(Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def listen(page, home, faults):
    "Notes console errors, failed requests, and requests to other hosts."
    def request(request):
        "Notes a request to another host."
        if not request.url.startswith((home, "data:", "blob:")):
            faults.append(f"asks another host for {request.url}")

    def console(message):
        "Notes an error in the console."
        if message.type == "error":
            faults.append(f"console error: {message.text}")

    def response(response):
        "Notes a failed request."
        if response.status >= 400:
            faults.append(f"{response.status} for {response.url}")
    page.on("request", request)
    page.on("console", console)
    page.on("pageerror", lambda error: faults.append(f"script error: {error}"))
    page.on("response", response)


def look(page, name, width, theme, shots):
    "The faults that show at one width and in one theme."
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": 900})     # which waits for both
    page.wait_for_function("reader.stylesLoaded()", timeout=PATIENCE)
    if shots:
        shot = shots / f"{Path(name).stem}-{width}-{theme}.png"
        page.screenshot(path=shot, full_page=True)
    found = page.evaluate("asked => reader.lookAt(...asked)", [theme, CONTRAST])
    return [f"{fault} (at a width of {width} px, in the {theme} theme)" for fault in found]


def visit(page, address, name, ways, shots):
    "The faults of one page, seen in each of the `ways`, (width, theme)."
    from playwright.sync_api import Error
    faults = []
    page.goto(address, wait_until="load")
    try:
        page.wait_for_function("reader.typeset()", timeout=PATIENCE)
    except Error as error:
        faults.append(f"formulas are not typeset: {error.message.splitlines()[0]}")
    faults += page.evaluate("reader.faultyFormulas()")
    for width, theme in ways:
        faults += look(page, name, width, theme, shots)
    return faults


def check(site, only=(), shots=None):
    """Raises with what is wrong on the pages of the site, wide and light, narrow and dark;
    with shots, in all four ways. Returns how many were opened."""
    from playwright.sync_api import sync_playwright
    names = sorted(p.name for p in site.glob("*.html") if not only or p.stem in only)
    if not names:
        raise Failure(f"there is no such page in {site}: build the site first")
    found, heard = [], []
    with served(site) as home, sync_playwright() as play:
        browser = play.chromium.launch_persistent_context(
            "", executable_path=chromium(), args=FLAGS)
        page = browser.pages[0]
        page.add_init_script(path=SCRIPTS)
        listen(page, home, heard)
        ways = list(itertools.product(WIDTHS, THEMES) if shots else zip(WIDTHS, THEMES))
        for name in names:
            faults = visit(page, home + name, name, ways, shots)
            ways.reverse()            # the next page begins as this one ends
            found += [f"{name} {fault}" for fault in dict.fromkeys(heard + faults)]
            heard.clear()
        browser.close()
    if found:
        raise Failure("\n".join(found))
    return len(names)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Open the pages of _docs/ in Chromium.")
    parser.add_argument("pages", nargs="*", help="names without .html; without any, all")
    parser.add_argument("--shots", type=Path,
                        help="a folder for screenshots, at both widths and in both themes")
    arguments = parser.parse_args()
    if arguments.shots:
        arguments.shots.mkdir(parents=True, exist_ok=True)
    try:
        number = check(ROOT / "_docs", arguments.pages, arguments.shots)
        print(f"{number} pages opened, nothing amiss")
    except Failure as failure:
        sys.exit(str(failure))
