"""Follows every internal link and anchor of the built site, and finds what would be asked
of another host."""
import json
import re
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools.headings import symbol_id
from tools.notebooks import Failure

ASKED_FOR = {**dict.fromkeys(["script", "img", "source", "iframe", "video"], "src"),
             "link": "href"}
VERBATIM = {"pre", "code", "script", "style"}
CONTENT = {"main", "article"}         # the text of a page, without what stands around it
HEADINGS = {f"h{level}" for level in range(1, 7)}
LEFT_AS_TEXT = re.compile(
    r"\]\((?:https?:|[^()\s]+\.(?:ipynb|qmd|md|html))[^()\s]*\)")


class Page(HTMLParser):
    """A page's ids, how often each stands in its text, and the headings that they lead to;
    its links as (tag, url), those left as Markdown, and how many figures have no
    alternative text."""

    def __init__(self, path):
        "Reads the page at `path`."
        super().__init__()
        self.anchors, self.ids, self.headings = set(), Counter(), {}
        self.links, self.left, self.unnamed = [], [], 0
        self.verbatim = self.content = 0
        self.waiting, self.heading = [], None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        "Notes what a tag refers to and can be referred to by."
        found = dict(attributes)
        self.verbatim += tag in VERBATIM
        self.content += tag in CONTENT
        self.note_anchors(tag, found)
        self.unnamed += tag == "img" and not found.get("alt")
        url = found.get(ASKED_FOR.get(tag, "href" if tag == "a" else ""))
        if url and not url.startswith("data:") and found.get("rel") != "canonical":
            self.links.append((tag, url))

    def note_anchors(self, tag, found):
        "Notes the ids of a tag, and those above a heading, which lead to it."
        if ident := found.get("id"):
            self.anchors.add(ident)
            self.ids[ident] += self.content > 0
            self.waiting.append(ident)
        if tag == "a" and found.get("name"):
            self.anchors.add(found["name"])
        if tag in HEADINGS:
            self.heading = ""

    def handle_endtag(self, tag):
        "Notes the end of a heading, and of text that is shown as it is."
        self.verbatim -= tag in VERBATIM
        self.content -= tag in CONTENT
        if tag in HEADINGS and self.heading is not None:
            words = self.heading.strip().removesuffix("#").strip()
            self.headings |= dict.fromkeys(self.waiting, words)
            self.waiting, self.heading = [], None

    def handle_data(self, data):
        "Notes the words of a heading, and links that have not become any."
        if self.heading is not None:
            self.heading += data
        elif self.waiting and data.strip():
            self.waiting = []
        if not self.verbatim:
            self.left += LEFT_AS_TEXT.findall(data)


@cache
def parsed(path, changed):
    "The page at `path` as it was when it was changed last."
    return Page(path)


def read(path):
    "The page at `path`, parsed once for all links to it and all checks."
    return parsed(path, path.stat().st_mtime_ns)


def fragment_fault(target, fragment):
    "What is wrong with an anchor in a page, or None; a name's leads to the name's heading."
    if fragment not in read(target).anchors:
        return f"{target.name} has no such anchor"
    if fragment.startswith(symbol_id("")):
        words = read(target).headings.get(fragment)
        if symbol_id(words) != fragment:
            return f"in {target.name} that leads to {words!r}, not to the name's heading"
    return None


def link_fault(site, page, tag, url):
    "What is wrong with a link of a page, or None; links to other hosts are not followed."
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        return None if tag == "a" else f"asks another host for {url}"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_relative_to(site) or not target.exists():
        return f"links to {url}, which does not exist"
    if parts.fragment and target.suffix == ".html":
        fault = fragment_fault(target, unquote(parts.fragment))
        return fault and f"links to {url}, but {fault}"
    return None


def page_faults(site, page):
    "What is wrong with the links, requests, ids and figures of one page."
    for tag, url in dict.fromkeys(read(page).links):
        if fault := link_fault(site, page, tag, url):
            yield f"{page.name} {fault}"
    for text in read(page).left:
        yield (f"{page.name} shows {text} in place of a link: "
               "backticks in a link's text make a link of their own")
    for ident, number in read(page).ids.items():
        if number > 1:
            yield f"{page.name} has {number} elements with the id {ident}"
    if read(page).unnamed:
        yield (f"{page.name} shows {read(page).unnamed} figures without alternative text: "
               "give their cells a line `#| fig-alt: ...`")


def search_faults(site):
    "Where the search that Quarto writes leads that does not exist."
    index = site / "search.json"
    entries = json.loads(index.read_text(encoding="utf-8")) if index.exists() else []
    for url in dict.fromkeys(entry["href"] for entry in entries):
        if fault := link_fault(site, index, "a", url):
            yield f"{index.name} {fault}"


def check(site):
    """Raises with every dead link, unnamed figure and request to another host in the site;
    returns how many pages were read."""
    site = Path(site).resolve()
    pages = sorted(site.rglob("*.html"))
    if not pages:
        raise Failure(f"there is no page in {site.name}: build the site first")
    faults = [fault for page in pages for fault in page_faults(site, page)]
    if faults := faults + list(search_faults(site)):
        raise Failure("\n".join(faults))
    return len(pages)
