"""Follows every internal link and anchor of the built site, and finds what would be asked of another host."""
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tools.notebooks import Failure

ASKED_FOR = {"script": "src", "img": "src", "source": "src", "iframe": "src", "video": "src", "link": "href"}
VERBATIM = {"pre", "code", "script", "style"}
LEFT_AS_TEXT = re.compile(r"\]\((?:https?:|[^()\s]+\.(?:ipynb|qmd|md|html))[^()\s]*\)")


class Page(HTMLParser):
    "A page's anchors, its links as (tag, url), those left as Markdown, and how many of its figures have no alternative text."

    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.left, self.unnamed, self.verbatim = set(), [], [], 0, 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        "Notes what a tag refers to and can be referred to by."
        self.verbatim += tag in VERBATIM
        found = dict(attributes)
        self.anchors.update(filter(None, (found.get("id"), found.get("name") if tag == "a" else None)))
        self.unnamed += tag == "img" and not found.get("alt")
        url = found.get(ASKED_FOR.get(tag, "href" if tag == "a" else ""))
        if url and not url.startswith("data:") and found.get("rel") != "canonical":
            self.links.append((tag, url))

    def handle_endtag(self, tag):
        "Notes the end of text that is shown as it is."
        self.verbatim -= tag in VERBATIM

    def handle_data(self, data):
        "Notes links that have not become any."
        if not self.verbatim:
            self.left += LEFT_AS_TEXT.findall(data)


read = cache(Page)


def link_fault(site, page, tag, url):
    "What is wrong with a link of a page, or None; links to other hosts are not followed."
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        return None if tag == "a" else f"asks another host for {url}"
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_relative_to(site) or not target.exists():
        return f"links to {url}, which does not exist"
    if parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in read(target).anchors:
        return f"links to {url}, but {target.name} has no such anchor"
    return None


def page_faults(site, page):
    "What is wrong with the links, requests and figures of one page."
    for tag, url in dict.fromkeys(read(page).links):
        if fault := link_fault(site, page, tag, url):
            yield f"{page.name} {fault}"
    for text in read(page).left:
        yield f"{page.name} shows {text} in place of a link: backticks in a link's text make a link of their own"
    if read(page).unnamed:
        yield f"{page.name} shows {read(page).unnamed} figures without alternative text: give their cells a line `#| fig-alt: ...`"


def check(site):
    "Raises with every dead link, unnamed figure and request to another host in the site; returns how many pages were read."
    site = Path(site).resolve()
    pages = sorted(site.rglob("*.html"))
    if not pages:
        raise Failure(f"there is no page in {site.name}: build the site first")
    if faults := [fault for page in pages for fault in page_faults(site, page)]:
        raise Failure("\n".join(faults))
    return len(pages)
