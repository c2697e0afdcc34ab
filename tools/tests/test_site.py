"""The site: its renderers, links, and what a browser must find amiss."""
import pytest

from tools import browser
from tools.headings import heading_id

NOTEBOOKS = "index.ipynb", "90_notation.ipynb"

# What pandoc 2.17 gives (`pandoc -t html`) for these headings.
PANDOC = {
    "What we could not do before": "what-we-could-not-do-before",
    "3.1 - Forward & backward": "forward-backward",
    "`sigmoid` is 1/(1+e)": "sigmoid-is-11e",
    "The cost, and its *gradient*!": "the-cost-and-its-gradient",
    "为什么用 softmax？": "为什么用-softmax",
    "A--b ... c": "ab-c",
    "2/L": "l",
    "12": "section",
    "Σ of x_i: it’s “so”": "σ-of-x_i-its-so",
    "[Link text](page.html) here": "link-text-here",
    "He et al. (2015)": "he-et-al.-2015",
    "naïve Überschrift": "naïve-überschrift",
}


@pytest.mark.parametrize("title", PANDOC)
def test_heading_ids_are_pandocs(title):
    assert heading_id(title) == PANDOC[title]


def test_sphinx_is_used_without_quarto_and_nothing_is_fetched(house, stand_in):
    for name in ("sudo", "curl", "wget", "dpkg"):
        folder, record = stand_in(name)
    copy = house(*NOTEBOOKS)
    code, said = copy.run("python", "-m", "tools.site", "--renderer", "sphinx", path=folder)
    assert code == 0 and "Open it with" in said, said
    assert (copy.folder / "_docs" / "notation.html").exists() and not record.exists()
    code, said = copy.check("links")
    assert code == 0, said


def test_quarto_is_used_where_it_is_on_the_path(house, stand_in):
    folder, record = stand_in("sudo")
    folder, record = stand_in("quarto", "mkdir _docs && cp equations.qmd _docs/index.html")
    copy = house(*NOTEBOOKS)
    code, said = copy.run("python", "-m", "tools.site", path=folder)
    assert code == 0, said
    assert record.read_text() == f"quarto render --no-cache --no-execute in {copy.folder / '_proc'}\n"
    assert "Equations" in (copy.folder / "_docs" / "index.html").read_text()
    given = {path.name for path in (copy.folder / "_proc").iterdir()}
    assert {"_quarto.yml", "nbdev.yml", "sidebar.yml", "index.ipynb", "90_notation.ipynb", "equations.qmd", "source_descent.qmd", "mathjax"} <= given


def test_a_dead_link_in_a_notebook(house):
    copy = house(*NOTEBOOKS)
    copy.edit("90_notation.ipynb", "The chapters share", "[See](index.ipynb#no-such-place) [and](gone.ipynb). The chapters share")
    code, said = copy.check("site")
    assert code and "notation.ipynb" in said and "no-such-place" in said and "gone.ipynb" in said, said


@pytest.fixture
def page(tmp_path):
    "Writes a page with a body, and gives the folder."
    def write(body):
        (tmp_path / "page.html").write_text(f"<!doctype html><html><head><link rel=icon href='data:,'></head><body>{body}</body></html>")
        return tmp_path
    return write


AMISS = {
    "<a href='other.html'>x</a>": "links to other.html, which does not exist",
    "<p>[<a href='#'>f</a>](data.html#f)</p>": "in place of a link: backticks",
    "<a href='#there'>x</a>": "has no such anchor",
    "<img src='https://example.org/a.png' alt='a'>": "asks another host",
    "<img src='data:,'>": "without alternative text",
}


@pytest.mark.parametrize("body", AMISS)
def test_the_link_check_finds(page, body):
    from tools.links import Failure, check
    with pytest.raises(Failure, match=AMISS[body]):
        check(page(body))


SEEN = {
    "<p>$$ a $$</p>": "left as TeX",
    "<span class=math>\\(a\\)</span>": "not typeset",
    "<script>console.error('oh')</script>": "console error: oh",
    "<script>throw Error('no')</script>": "script error",
    "<img src='https://example.org/a.png'>": "asks another host for https://example.org/a.png",
    "<div style='width:600px'>wide</div>": "scrolls sideways by .* at a width of 390 px",
    "<script data-mjx-error='bad'></script>": "in error: bad",
}


@pytest.mark.skipif(browser.chromium() is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("body", SEEN)
def test_the_browser_sees(page, body):
    with pytest.raises(browser.Failure, match=SEEN[body]):
        browser.check(page(body))
