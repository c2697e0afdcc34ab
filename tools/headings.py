"""The ids of headings, by pandoc's rule, so that links are the same whichever tool renders the site."""
import re


def heading_id(title):
    "The id that pandoc gives a heading: formatting and punctuation dropped, blanks to hyphens, lower case, from the first letter on."
    plain = re.sub(r"!?\[([^\]]*)\]\([^)]*\)(\{[^}]*\})?", r"\1", title)              # links and pictures: their text
    plain = re.sub(r"(\*\*|__|\*|`)(.+?)\1", r"\2", plain)                           # strong, emphasis, code
    plain = re.sub(r"-{2,3}|\.{3}", "", plain)                                       # dashes and ellipses, which pandoc sets as such
    kept = "".join(c for c in plain if c.isalnum() or c in "_-." or c.isspace())
    joined = re.sub(r"\s+", "-", kept.strip()).lower()
    first = next((i for i, c in enumerate(joined) if c.isalpha()), None)
    return "section" if first is None else joined[first:]
