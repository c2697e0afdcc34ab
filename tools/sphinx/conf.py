"""Sphinx settings of the embedded site: furo, myst-nb, MathJax from a local file."""
import re
import sys
from configparser import ConfigParser
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
sys.modules.setdefault("rfc3987_syntax", None)    # jsonschema does without its 2 seconds
settings = ConfigParser(delimiters=["="])
settings.read(ROOT / "settings.ini", encoding="utf-8")

project = settings["DEFAULT"]["title"]
author = settings["DEFAULT"]["author"]
copyright = settings["DEFAULT"]["copyright"]
version = release = settings["DEFAULT"]["version"]
language = "en"

extensions = ["myst_nb", "sphinx.ext.mathjax"]
html_theme = "furo"
html_title = project
html_static_path = ["static", str(ROOT / "_build" / "sphinx" / "mathjax")]
html_css_files = ["site.css"]
html_js_files = ["search.js"]
html_copy_source = html_show_sourcelink = False
html_search_language = "en"
html_permalinks_icon = "#"
pygments_style, pygments_dark_style = "friendly", "monokai"

nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["dollarmath", "attrs_inline"]
myst_dmath_double_inline = True
mathjax_path = "tex-svg-full.js"
mathjax3_config = {"tex": {"tags": "none"}, "options": {"enableMenu": False}}


def with_pandocs_id(usual):
    "MyST's rule for the ids of headings, with those that pandoc gives in place of its own."
    from tools.headings import GIVEN, unique_id

    def generate_heading_target(self, token, level, node, title):
        "Registers a heading by its id; the title has one that no section wants."
        written, taken = token.children[0].content, self._heading_slugs
        own = unique_id(written, taken) if level > 1 else "page-title"
        if level > 1 and GIVEN.search(written):
            last = title.children[-1]
            title.replace(last, type(last)(GIVEN.sub("", last.astext())))
        node["ids"] = [own]
        usual(self, token, level, node, title)
        taken[own] = (node.line, own, title.astext())
    return generate_heading_target


def visit_displayed_formula(self, node):
    "Writes a displayed formula as it is: Sphinx's `split` allows no \\tag."
    from docutils.nodes import SkipNode
    self._has_maths_elements = True
    tex = re.sub(r"\n\s*\n", "\n", node.astext().strip())
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    self.body.append(rf"\[{self.encode(tex)}\]" + "</div>\n")
    raise SkipNode


def python_lexer():
    """Pygments' lexer of Python without the kinds of token that neither style colours: they
    would be two thirds of a page's coloured elements, and a third of all."""
    from pygments.lexers import PythonLexer
    from pygments.token import Name, Punctuation, Text, Whitespace

    class Lexer(PythonLexer):
        "Gives such tokens as text."

        def get_tokens_unprocessed(self, *given):
            "The tokens as (place, kind, text)."
            for place, kind, written in super().get_tokens_unprocessed(*given):
                is_plain = kind in (Name, Punctuation, Whitespace)
                yield place, Text if is_plain else kind, written
    return Lexer


@cache
def titles(env):
    "Of each page's table of contents the title alone; only the front page leads to others."
    found = {name: contents.deepcopy() for name, contents in env.tocs.items()}
    for item in (item for contents in found.values() for item in contents):
        del item[1:]
    return found


def show_titles_alone(app, page, template, context, doctree):
    """Lets Furo, which shows all pages' titles on each page, make them of titles: to copy
    all contents for it, page by page, takes a sixth of the build."""
    made = context["toctree"]

    def toctree(**options):
        "The titles of all pages as a list of links."
        whole, app.env.tocs = app.env.tocs, titles(app.env)
        try:
            return made(**options)
        finally:
            app.env.tocs = whole
    context["toctree"] = toctree


def setup(app):
    """Replaces the visitor of displayed formulas, the rule for the ids of headings, and the
    lexer of Python; has each word's stem found once, not once for each page."""
    from docutils.nodes import math_block
    from myst_parser.mdit_to_docutils.base import DocutilsRenderer as Renderer
    from sphinx.search.en import SearchEnglish
    SearchEnglish.stem = cache(SearchEnglish.stem)
    app.add_lexer("python", python_lexer())
    app.connect("html-page-context", show_titles_alone, priority=400)    # Furo: 500
    Renderer.generate_heading_target = with_pandocs_id(Renderer.generate_heading_target)
    app.add_node(math_block, override=True, html=(visit_displayed_formula, None))
