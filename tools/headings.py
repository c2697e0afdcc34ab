"""The ids of headings, by pandoc's rule: links are the same whoever renders the site."""
import re


def heading_id(title):
    "Pandoc's id of a heading: its text from the first letter on, hyphens for blanks."
    # links and pictures: their text; strong, emphasis, code; dashes and ellipses, as set
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)(\{[^}]*\})?", r"\1", title)
    plain = re.sub(r"(\*\*|__|\*|`)(.+?)\1", r"\2", plain)
    plain = re.sub(r"-{2,3}|\.{3}", "", plain)
    kept = "".join(c for c in plain if c.isalnum() or c in "_-." or c.isspace())
    joined = re.sub(r"\s+", "-", kept.strip()).lower()
    first = next((i for i, c in enumerate(joined) if c.isalpha()), None)
    return "section" if first is None else joined[first:]
