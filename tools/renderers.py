"""Compares the pages that Sphinx and Quarto make: both show the same headings, code,
figures, formulas and tables. The suite does it where there is a Quarto."""
import re
import shutil
import sys
from difflib import unified_diff

from bs4 import BeautifulSoup

from tools import browser, pages, site
from tools.notebooks import ROOT, Failure, working_in

ONLY_SPHINX = {"genindex.html", "search.html"}
MAIN = "main#quarto-document-content, article[role=main]"
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]
NO_QUARTO = "no Quarto on this machine: its input is checked, its pages are not"
SHOWN = 12                            # so many lines of what differs on a page are enough
QUARTO_SITE, SPHINX_SITE = site.BUILD / "quarto-site", site.BUILD / "sphinx-site"


def words(element):
    "The visible text of an element, blanks and line ends as one blank."
    return " ".join(element.get_text().split())


def ids_of(heading):
    "The ids that lead to a heading: its own, its section's, and those between the two."
    found = [heading.get("id")]
    for before in heading.find_previous_siblings():
        if before.get_text(strip=True):
            break
        found.append(before.get("id"))
    else:
        found += [heading.parent.get("id")] if heading.parent.name == "section" else []
    return {ident for ident in found if ident}


def headings(main):
    "A page's headings, with their ids but for the title's, to which no link leads."
    for heading in main.find_all(HEADINGS):
        for link in heading.select("a.headerlink, a.anchorjs-link"):
            link.extract()
        ids = " ".join(sorted(ids_of(heading))) if heading.name != "h1" else ""
        yield f"{heading.name} {words(heading)} {ids}".strip()


def code(main):
    "A page's code and printed output, line by line, without blanks at the ends of lines."
    for number, block in enumerate(main.find_all("pre")):
        yield f"block {number}"
        lines = (line.rstrip() for line in block.get_text().splitlines())
        yield from (f"    {line}" for line in lines if line)


def figures(main):
    "The alternative texts of a page's figures."
    for image in main.find_all("img"):
        yield " ".join((image.get("alt") or "none").split())


def formulas(main):
    "A page's formulas, displayed ones and those in a line, as they are typed."
    for formula in main.select(".math"):
        yield re.sub(r"\s+", "", formula.get_text())


def tables(main):
    "A page's tables, as rows and columns."
    for table in main.find_all("table"):
        rows = table.find_all("tr")
        yield f"{len(rows)} rows of {max(len(row.find_all(['td', 'th'])) for row in rows)}"


KINDS = headings, code, figures, formulas, tables


def contents(path):
    "What a page shows: {kind: lines}."
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    main = page.select_one(MAIN)
    if main is None:
        raise Failure(f"{path.name} has no element with its content")
    return {kind.__name__: list(kind(main)) for kind in KINDS}


def page_differences(name, sphinx, quarto):
    "What two pages of one name show differently."
    ours, theirs = contents(sphinx / name), contents(quarto / name)
    for kind in ours:
        differ = list(unified_diff(ours[kind], theirs[kind], n=0, lineterm=""))[2:]
        if lines := [line for line in differ if not line.startswith("@@")]:
            more = [f"and {len(lines) - SHOWN} lines more"] if len(lines) > SHOWN else []
            yield "\n    ".join([f"{name}: {kind} differ, - Sphinx's, + Quarto's",
                                 *lines[:SHOWN], *more])


def compare(sphinx, quarto):
    "Raises with what two sites show differently; returns how many pages they have."
    ours, theirs = ({p.name for p in folder.glob("*.html")} for folder in (sphinx, quarto))
    ours -= ONLY_SPHINX
    faults = [f"{name} is made by Sphinx alone" for name in sorted(ours - theirs)]
    faults += [f"{name} is made by Quarto alone" for name in sorted(theirs - ours)]
    for name in sorted(ours & theirs):
        faults += page_differences(name, sphinx, quarto)
    if faults:
        raise Failure("\n".join(faults))
    return len(ours)


def check_quarto(embedded=None):
    """Where there is a Quarto: renders the pages of _proc/ with it, away from _docs/,
    follows the links, compares with the site that Sphinx made of them, `embedded`, or a new
    one, and opens the pages in Chromium; says what was done."""
    if shutil.which("quarto") is None:
        return NO_QUARTO
    with working_in(ROOT):
        if embedded is None:
            pages.make()
            site.render("sphinx", embedded := SPHINX_SITE)
        site.render("quarto", QUARTO_SITE)
    equal = f"{compare(embedded, QUARTO_SITE)} pages of Quarto's equal Sphinx's"
    if browser.chromium() is None:
        return f"{equal}; no Chromium found: not looked at"
    browser.check(QUARTO_SITE)
    return f"{equal}, and open as they should"


if __name__ == "__main__":
    try:
        print(check_quarto())
    except Failure as failure:
        sys.exit(str(failure))
