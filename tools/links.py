"""Follows every internal link and anchor of the built site, and finds what would be asked of another host."""
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

from tools.notebooks import Failure

ASKED_FOR = {"script": "src", "img": "src", "source": "src", "iframe": "src", "video": "src", "link": "href"}


@cache
def parsed(path):
    "The page at `path`."
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def anchors(path):
    "The ids of a page."
    return {tag["id"] for tag in parsed(path).find_all(id=True)} | {tag["name"] for tag in parsed(path).find_all("a", attrs={"name": True})}


def link_fault(site, page, url):
    "What is wrong with a link of a page, or None; links to other hosts are not followed."
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        return None
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_relative_to(site.resolve()) or not target.exists():
        return f"links to {url}, which does not exist"
    if parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in anchors(target):
        return f"links to {url}, but {target.name} has no such anchor"
    return None


def page_faults(site, page):
    "What is wrong with the links and the requests of one page."
    for tag in parsed(page).find_all(["a", *ASKED_FOR]):
        if tag.name == "img" and not tag.get("alt"):
            yield f"{page.name} shows a figure without alternative text: give its cell a line `#| fig-alt: ...`"
        url = tag.get(ASKED_FOR.get(tag.name, "href"))
        if url is None or url.startswith("data:"):
            continue
        fault = link_fault(site, page, url)
        if fault is None and tag.name != "a" and urlsplit(url).netloc and tag.get("rel") != ["canonical"]:
            fault = f"asks another host for {url}"
        if fault:
            yield f"{page.name} {fault} ({tag.get_text(' ', strip=True)[:60]!r})"


def check(site):
    "Raises with every dead link, unnamed figure and request to another host in the site; returns how many pages were read."
    pages = sorted(Path(site).resolve().rglob("*.html"))
    if not pages:
        raise Failure(f"there is no page in {site}: build the site first")
    if faults := [fault for page in pages for fault in page_faults(Path(site), page)]:
        raise Failure("\n".join(dict.fromkeys(faults)))
    return len(pages)
