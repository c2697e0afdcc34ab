"""The ids of headings, by pandoc's rule, so that both renderers have the same links."""
import re

GIVEN = re.compile(r" \{#([^\s}]+)\}$")


def heading_id(title):
    """The id that pandoc gives a heading: its own, as in `Title {#own}`, or else the title
    without formatting and punctuation, blanks to hyphens, lower case, from the first letter
    on."""
    if given := GIVEN.search(title):
        return given[1]
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)(\{[^}]*\})?", r"\1", title)    # links
    plain = re.sub(r"(\*\*|__|\*|`)(.+?)\1", r"\2", plain)      # strong, emphasis, code
    plain = re.sub(r"-{2,3}|\.{3}", "", plain)                  # dashes and ellipses
    kept = "".join(c for c in plain if c.isalnum() or c in "_-." or c.isspace())
    joined = re.sub(r"\s+", "-", kept.strip()).lower()
    first = next((i for i, c in enumerate(joined) if c.isalpha()), None)
    return "section" if first is None else joined[first:]


def unique_id(title, taken):
    "The id that pandoc gives a heading when those in `taken` are given already."
    own, number = heading_id(title), 0
    while (f"{own}-{number}" if number else own) in taken:
        number += 1
    return f"{own}-{number}" if number else own


def symbol_id(name):
    "The id of the heading of a documented name: no section's heading gives the like."
    return f"symbol-{name}"
