"""The site: its input, its renderers, links, and what a browser must find amiss."""
import json
import re

import pytest
import yaml

from nn_basics.style import contrast
from tools import browser, links, pages, processed, renderers, site
from tools.headings import heading_id, unique_id
from tools.notebooks import ROOT, Failure

NOTEBOOKS, MODULES = ("index.ipynb", "90_notation.ipynb"), ["gradient_check"]

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
    r"\_as\_array {#symbol-_as_array}": "symbol-_as_array",
}


@pytest.mark.parametrize("title", PANDOC)
def test_heading_ids_are_pandocs(title):
    assert heading_id(title) == PANDOC[title]


def test_equal_headings_are_numbered_as_pandoc_does():
    taken = []
    for title in ("The cost", "The cost", "The cost-1", "The cost"):
        taken.append(unique_id(title, taken))
    assert taken == ["the-cost", "the-cost-1", "the-cost-1-1", "the-cost-2"]


# The pages before they are rendered.

@pytest.fixture
def cell(tmp_path):
    "Writes a processed notebook with one code cell, changed as asked; gives the folder."
    def write(source="1\n", outputs=(), **more):
        source = source.splitlines(True) if isinstance(source, str) else source[0]
        front = {"cell_type": "raw", "id": "front", "metadata": {},
                 "source": ["---\n", "title: A title\n", "---\n"]}
        code = {"cell_type": "code", "id": "a1", "metadata": {}, "outputs": list(outputs),
                "source": source, **more}
        notebook = {"cells": [front, code], "metadata": {}}
        (tmp_path / "page.ipynb").write_text(json.dumps(notebook))
        return tmp_path
    return write


FIGURE = {"output_type": "display_data", "data": {"image/png": "iVBOR"}}
WRITTEN = {"output_type": "display_data", "data": {"text/markdown": "# A\n\nb"}}
STREAM = {"output_type": "stream", "name": "stdout", "text": "a\nb"}
ONE_STRING = "is one string, no list of lines"
ALONE = "![b](b.png) stands alone in its paragraph"
STUMBLES = [
    ({"source": "#| fig-alt: Two: a and b\n1"}, "'fig-alt: Two: a and b' is no YAML"),
    ({"source": "#| fig-alt: A #1 b\n1"}, "its fig-alt 'A #1 b', YAML reads 'A'"),
    ({"source": "#| fig-alt: 12\n1"}, "its fig-alt '12', YAML reads 12"),
    ({"source": "#| fig-alt: a\n#| fig-alt: b\n1"}, "its option fig-alt is given 2 times"),
    ({"source": "#| export\n1"}, "not of the form `key: value`"),
    ({"source": ["x = 1\ny = 2"]}, f"its source {ONE_STRING}"),
    ({"outputs": [WRITTEN]}, f"its output 0, text/markdown {ONE_STRING}"),
    ({"outputs": [STREAM]}, f"its output 0, text/stream {ONE_STRING}"),
    ({"outputs": [FIGURE]}, "its figure has no alternative text"),
    ({"id": "front"}, "2 cells of the page have its id"),
    ({"cell_type": "markdown", "source": "a\n\n![](b.png) c"}, "has no alternative text"),
    ({"cell_type": "markdown", "source": "a\n\n![b](b.png)\n\nc"}, ALONE),
]


@pytest.mark.parametrize(("changes", "said"), STUMBLES)
def test_what_quarto_would_stumble_over_is_found_without_it(cell, changes, said):
    with pytest.raises(Failure, match=re.escape(said)) as found:
        processed.check(cell(**changes))
    assert f"page.ipynb cell with id {changes.get('id', 'a1')}" in str(found.value)


def test_what_quarto_takes_passes(cell):
    alt = '#| fig-alt: "Two: a and b"\n#| echo: false\n1'
    assert processed.check(cell(alt, [FIGURE])) == 1
    assert processed.options(alt) == {"fig-alt": "Two: a and b", "echo": False}


@pytest.mark.parametrize("front", ["", "title: a: b", "search: false"])
def test_front_matter_that_is_none(tmp_path, front):
    (tmp_path / "page.qmd").write_text(f"---\n{front}\n---\n\nText.\n")
    with pytest.raises(Failure, match="page.qmd: .* front matter"):
        processed.check(tmp_path)


def test_faults_are_told_all_at_once(cell):
    with pytest.raises(Failure) as found:
        processed.check(cell("#| a: b: c\n1", [STREAM]))
    assert len(str(found.value).splitlines()) == 2


def test_a_fault_in_a_notebook_is_placed_there():
    for path in sorted((ROOT / "nbs").glob("*.ipynb"))[:1]:
        ident = json.loads(path.read_text(encoding="utf-8"))["cells"][3]["id"]
        assert processed.place(path, f"{ident}-2") == f"nbs/{path.name} cell 3 (id {ident})"


def test_code_stays_as_it_is():
    code = "```python\n# [a](01_a.ipynb), [`f`](/a.html#f)\n```\n"
    names = {"01_a": "a.ipynb"}
    assert site.page_links(f"[a](01_a.ipynb#b)\n\n{code}\n`[a](01_a.ipynb)`", names) == (
        f"[a](a.ipynb#b)\n\n{code}\n`[a](01_a.ipynb)`")
    assert site.page_links("[`a`](01_a.ipynb)", names) == "[`a`](a.ipynb)"
    assert pages.local_links(code, "a", {"a": ("01_a.ipynb", ["f"])}) == code


def test_code_is_folded_under_its_summary():
    options = '#| code-fold: true\n#| code-summary: "Check: a"\n'
    folded, = site.lower_code({"source": f"{options}1\n", "outputs": [STREAM]})
    metadata = folded["metadata"]
    assert metadata["tags"] == ["hide-input"] and folded["source"] == "1"
    assert metadata["mystnb"]["code_prompt_show"] == "Check: a"
    assert folded["outputs"] == [STREAM]
    shown, = site.lower_code({"source": "1\n", "outputs": []})
    assert shown["metadata"]["tags"] == []


def test_links_to_names():
    notebooks = {"a": ("01_a.ipynb", ["f", "F"]), "b": ("02_b.ipynb", [])}
    written = {
        "[`f`](/a.html#f)": "[`f`](#symbol-f)",
        "[`F`](/a.html#f)": "[`F`](#symbol-F)",
        "[`_g`](/b.html#_g)": "[`_g`](source_b.qmd#symbol-_g)",
        "[`f()`](c.html#f)": "`f()`",
    }
    for markdown, local in written.items():
        assert pages.local_links(markdown, "a", notebooks) == local
    elsewhere = pages.local_links("[`f`](/a.html#f)", "b", notebooks)
    assert elsewhere == "[`f`](01_a.ipynb#symbol-f)"


# The renderers.

def test_what_is_said_of_a_site_that_is_made():
    assert "needs a server" not in site.how_to_open("sphinx")
    assert "needs a server" in site.how_to_open("quarto")


ALT = "import numpy as np\n", "#| fig-alt: So: it is\nimport numpy as np\n"


def test_quarto_is_used_where_it_is_on_the_path(copy, stand_in):
    stand_in("sudo")
    renders = "mkdir _docs && echo '<p>Made</p>' > _docs/index.html"
    folder, record = stand_in("quarto", renders)
    changed = copy(*NOTEBOOKS, modules=MODULES)
    build = ["python", "-m", "tools.site"]
    changed.edit("90_notation.ipynb", *ALT)
    code, said = changed.run(*build, path=folder)
    assert code and "nbs/90_notation.ipynb cell" in said and not record.exists(), said
    assert "'fig-alt: So: it is' is no YAML" in said, said
    changed.edit("90_notation.ipynb", *reversed(ALT))
    address = "https://a.example/"
    code, said = changed.run(*build, path=folder, SITE_URL=address)
    assert code == 0 and site.how_to_open("quarto") in said, said
    made = changed.folder / "_build" / "quarto"
    call = f"quarto render --no-cache --no-execute in {made / '_proc'}\n"
    assert record.read_text() == call
    assert "Made" in (changed.folder / "_docs" / "index.html").read_text()
    given = {path.name for path in (made / "_proc").iterdir()}
    assert (made / "_quarto.yml").exists()
    assert {"_quarto.yml", "nbdev.yml", "sidebar.yml", "index.ipynb", "90_notation.ipynb",
            "equations.qmd", "source_gradient_check.qmd", "mathjax"} <= given
    assert "site-url: https://a.example/" in (made / "_proc" / "nbdev.yml").read_text()
    source = made / "_proc" / "source_gradient_check.qmd"
    assert "search: false" in source.read_text()


REFUSED = {
    "echo 'no such option' >&2; exit 3": "ends with exit code 3: .*\nno such option",
    "echo '\033[33mWARN: Unable to resolve link target\033[39m' >&2": "warns: .*\nWARN: Un",
    "echo '[WARNING] Could not fetch resource b.png'": "warns: .*\n.WARNING. Could not",
}


@pytest.mark.parametrize("script", REFUSED)
def test_a_renderer_that_fails_or_warns(tmp_path, script):
    with pytest.raises(Failure, match=f"Quarto {REFUSED[script]}"):
        site.run("Quarto", ["sh", "-c", script], tmp_path)


def test_a_renderer_that_is_not_there(tmp_path):
    with pytest.raises(Failure, match="Quarto cannot be started"):
        site.run("Quarto", ["no-such-renderer", "render"], tmp_path)


def test_a_dead_link_in_a_notebook(copy):
    changed = copy(*NOTEBOOKS, modules=MODULES)
    dead = "[See](index.ipynb#no-such-place) [and](gone.ipynb). The chapters share"
    changed.edit("90_notation.ipynb", "The chapters share", dead)
    code, said = changed.run("python", "-m", "tools.site", "--renderer", "sphinx")
    assert code and "notation.ipynb" in said and "no-such-place" in said, said
    assert "gone.ipynb" in said, said


def test_what_is_deployed_has_passed():
    written = (ROOT / ".github" / "workflows" / "deploy.yml").read_text()
    deploy = yaml.safe_load(written)["jobs"]["deploy"]
    assert "workflow_run.conclusion == 'success'" in deploy["if"]
    steps = [step.get("run") or step["uses"] for step in deploy["steps"]]
    steps = [step.partition("@")[0] for step in steps]
    order = ("actions/configure-pages", "quarto-dev/quarto-actions/setup", "make docs",
             ".venv/bin/python -m tools.browser", ".venv/bin/python -m tools.renderers",
             "actions/upload-pages-artifact", "actions/deploy-pages")
    assert [step for step in steps if step in order] == list(order)


# What both renderers make of one page.
SPHINX_PAGE = """<article role="main" id="furo-main-content">
<section id="page-title"><h1>Costs<a class="headerlink" href="#page-title">#</a></h1>
<section id="the-cost"><h2>The cost<a class="headerlink" href="#the-cost">#</a></h2>
<p>It is <span class="math notranslate nohighlight">\\(c^2\\)</span>, or</p>
<div class="math notranslate nohighlight">\\[
a = b
\\]</div>
<section id="symbol-cost"><h3>cost<a class="headerlink" href="#symbol-cost">#</a></h3>
<div class="highlight"><pre><span></span><span class="k">def</span> cost(a):

    return a
</pre></div>
<img alt="A curve that falls." src="_images/a.png">
<table class="docutils"><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>
</section></section></section></article>"""
QUARTO_PAGE = """<nav><h2 id="toc-title">On this page</h2></nav>
<main class="content" id="quarto-document-content">
<header id="title-block-header"><h1 class="title">Costs</h1></header>
<section id="the-cost" class="level2"><h2 class="anchored" data-anchor-id="the-cost">The
cost</h2>
<p>It is <span class="math inline">\\(c^2\\)</span>, or <span class="math display">\\[
a = b
\\]</span></p>
<section id="symbol-cost" class="level3"><h3 class="anchored">cost</h3>
<div class="sourceCode"><pre class="sourceCode python"><code><span id="cb1-1"><a
href="#cb1-1" aria-hidden="true"></a><span class="kw">def</span> cost(a):</span>
<span id="cb1-2"><a href="#cb1-2"></a>    return a</span></code></pre></div>
<img src="a.png" alt="A curve that falls.">
<table class="table"><thead><tr><th>a</th><th>b</th></tr></thead>
<tbody><tr><td>1</td><td>2</td></tr></tbody></table>
</section></section></main>"""


@pytest.fixture
def two_sites(tmp_path):
    "Writes a site of each renderer with one page; gives the two folders."
    def write(quarto):
        made = {"sphinx": {"costs.html": SPHINX_PAGE, "search.html": ""}, "quarto": quarto}
        for name, written in made.items():
            (tmp_path / name).mkdir()
            for page, html in written.items():
                (tmp_path / name / page).write_text(html)
        return tmp_path / "sphinx", tmp_path / "quarto"
    return write


def test_equal_pages_of_both_renderers(two_sites):
    assert renderers.compare(*two_sites({"costs.html": QUARTO_PAGE})) == 1


MANGLED = {
    "a heading run into the text": ("<h2 class.*?</h2>", "<p>Cost</p>", "headings differ"),
    "a heading with another id": ('"symbol-cost"', '"cost"', r"\n    \+h3 cost cost"),
    "a function in one line": (r"\(a\):</span>\n", "(a):</span>", "code differ"),
    "a block of code that is missing": ("<pre.*</pre>", "", "code differ"),
    "a figure without its text": (' alt="A curve that falls."', "", "figures differ"),
    "a formula left as text": ("math display", "text", "formulas differ"),
    "a table become prose": ("<table.*</table>", "<p>| a | b |</p>", "tables differ"),
}


@pytest.mark.parametrize("what", MANGLED)
def test_mangled_pages_are_found(two_sites, what):
    whole, part, said = MANGLED[what]
    mangled, number = re.subn(whole, part, QUARTO_PAGE, flags=re.DOTALL)
    assert number == 1
    with pytest.raises(Failure, match=f"costs.html: .*{said}|{said}"):
        renderers.compare(*two_sites({"costs.html": mangled}))


def test_pages_that_one_renderer_lacks(two_sites):
    with pytest.raises(Failure, match="costs.html is made by Sphinx alone"):
        renderers.compare(*two_sites({"other.html": QUARTO_PAGE}))


def test_without_a_quarto_it_is_said(monkeypatch):
    monkeypatch.setattr(renderers.shutil, "which", lambda name: None)
    assert renderers.check_quarto() == (
        "no Quarto on this machine: its input is checked, its pages are not")


# The pages that are made.

@pytest.fixture
def page(tmp_path):
    "Writes a page with a body, and gives the folder."
    def write(body):
        head = "<!doctype html><html><head></head>"
        (tmp_path / "page.html").write_text(f"{head}<body>{body}</body></html>")
        return tmp_path
    return write


AMISS = {
    "<a href='other.html'>x</a>": "links to other.html, which does not exist",
    "<p>[<a href='#'>f</a>](data.html#f)</p>": "in place of a link: backticks",
    "<a href='#there'>x</a>": "has no such anchor",
    "<img src='https://example.org/a.png' alt='a'>": "asks another host",
    "<img src='data:,'>": "without alternative text",
    "<main><p id=a>b</p><p id=a>c</p></main>": "has 2 elements with the id a",
    "<a href='#symbol-f'>f</a><h1 id=symbol-f>F</h1>": "leads to 'F', not to the name's",
    "<a href='#symbol-f'>f</a><p id=symbol-f>f</p><h2>f</h2>": "that leads to None",
}


@pytest.mark.parametrize("body", AMISS)
def test_the_link_check_finds(page, body):
    with pytest.raises(Failure, match=AMISS[body]):
        links.check(page(body))


@pytest.mark.parametrize("body", [
    "<a href='#symbol-f'>f</a><section id=symbol-f><span id=b></span><h3>f<a>#</a></h3>",
    "<a href='#symbol-f'>f</a><section id=symbol-f><h3 class=anchored>f</h3>",
])
def test_a_link_to_a_name_leads_to_its_heading(page, body):
    assert links.check(page(body)) == 1


def test_the_link_check_reads_quartos_search(page):
    folder = page("<h1 id=a>b</h1>")
    for url, passes in ("page.html#a", True), ("page.html", True), ("page.html#b", False):
        (folder / "search.json").write_text(json.dumps([{"href": url}]))
        if passes:
            assert links.check(folder) == 1
            continue
        with pytest.raises(Failure, match="search.json links to page.html#b"):
            links.check(folder)


def test_a_documented_name_without_a_heading(cell, monkeypatch, tmp_path):
    folder = cell("show_doc(f)")
    monkeypatch.setattr(pages, "PROCESSED", folder)
    source = (folder / "page.ipynb").read_text()
    (folder / "page.ipynb").write_text(
        source.replace("title: A title\\n", "title: A title\\noutput-file: page.html\\n"))
    for body, faults in ("<h3 id=symbol-f>f</h3>", 0), ("<h3 id=f>f</h3>", 1):
        (folder / "page.html").write_text(body)
        assert len(list(site.unmarked(folder))) == faults


SEEN = {
    "<p>$$ a $$</p>": "left as TeX",
    "<span class=math>\\(a\\)</span>": "not typeset",
    "<script>console.error('oh')</script>": "console error: oh",
    "<script>throw Error('no')</script>": "script error",
    "<img src='https://example.org/a'>": "asks another host for https://example.org/a",
    "<img src='a.png'>": "404 for .*a.png",
    "<div style='width:600px'>wide</div>": r"scrolls sideways by .*at a width of 390 px",
    "<script data-mjx-error='bad'></script>": "in error: bad",
    "<p>light</p>": "does not go with the theme preferred .*in the dark theme",
    "<nav style='background:#eee; color:rgb(255 255 255 / .9)'>a</nav>": 'contrast .* "a"',
    "<p style='color:color-mix(in srgb, white, #eee)'>mixed</p>": 'contrast .* in "mixed"',
}
DARK = "<style>@media (prefers-color-scheme: dark) { body { background: #111 } }</style>"
SEEN_IN_THE_DARK = {
    f"{DARK}<pre>near-black</pre>": r'contrast of 1\.\d+ in "near-black" .*the dark theme',
}
FINE = (f"{DARK}<style>body {{ color: #888 }}</style><p>grey</p>"
        "<p style='color:white; background:white; visibility:hidden'>hidden</p>")


@pytest.mark.skipif(browser.chromium() is None, reason="no Chromium on this machine")
def test_the_browser_sees(page, tmp_path):
    pages = {"light": SEEN, "dark": SEEN_IN_THE_DARK, "fine": {FINE: None}}
    for name, bodies in pages.items():
        page("".join(bodies)).joinpath("page.html").rename(tmp_path / f"{name}.html")
    with pytest.raises(Failure) as found:
        browser.check(tmp_path)
    said = str(found.value)
    assert "fine.html" not in said, said
    for name in ("light", "dark"):
        for fault in pages[name].values():
            assert re.search(f"{name}.html .*{fault}", said), said


# Quarto's dark theme, of which no page is seen where there is no Quarto.
PAIRS = [("body-color", "body-bg"), ("link-color", "body-bg"), ("text-muted", "body-bg"),
         ("pre-color", "code-block-bg"), ("code-color", "code-bg"),
         ("navbar-fg", "navbar-bg")]


@pytest.mark.parametrize(("colour", "behind"), PAIRS)
def test_quartos_dark_theme_can_be_read(colour, behind):
    written = (ROOT / "nbs" / "site-dark.scss").read_text()
    given = dict(re.findall(r"^\$([\w-]+): (#\w{6});", written, re.MULTILINE))
    assert contrast(given[colour], given[behind]) >= 4.5
