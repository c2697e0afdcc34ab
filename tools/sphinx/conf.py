"""Sphinx settings of the embedded site: furo, myst-nb, MathJax from a local file."""
import re
import sys
from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT))
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
myst_heading_anchors = 5
myst_heading_slug_func = "tools.headings.heading_id"
mathjax_path = "tex-svg-full.js"
mathjax3_config = {"tex": {"tags": "none"}, "options": {"enableMenu": False}}


def visit_displayed_formula(self, node):
    "Writes a displayed formula as it is: Sphinx's `split` allows no \\tag."
    from docutils.nodes import SkipNode
    self._has_maths_elements = True
    tex = re.sub(r"\n\s*\n", "\n", node.astext().strip())
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    self.body.append(rf"\[{self.encode(tex)}\]" + "</div>\n")
    raise SkipNode


def setup(app):
    "Replaces the visitor of displayed formulas."
    from docutils.nodes import math_block
    app.add_node(math_block, override=True, html=(visit_displayed_formula, None))
