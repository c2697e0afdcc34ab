"""Compares what a notebook shows with what it stores, and tells rounding from staleness."""

import base64
import io
import re
from dataclasses import dataclass
from decimal import Decimal

from tools.notebooks import text, with_outputs

EQUAL, LAST_DIGIT, ROUNDING, STALE = range(4)  # the verdicts, from the mildest on
ROUNDING_LIMIT = Decimal("0.01")  # relative; what is further apart is stale
# Root mean square of grey levels, of 255: one Matplotlib drew both pictures, or two did.
SAME_PIXELS, SIMILAR_PIXELS = 1.0, 10.0
UNSIGNED = r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
NUMBER = re.compile(rf"(?<![\w.)\]])[-+−]{UNSIGNED}|{UNSIGNED}")
WORDS = {
    LAST_DIGIT: "differs by one in its last digit",
    ROUNDING: "differs by rounding",
    STALE: "is stale",
}
ADVICE = {
    ROUNDING: "What these cells show depends on rounding, and so on the processor: change "
    "the experiment, or show less of it (an outcome, fewer digits). Do not refresh.",
    STALE: "Run make refresh, and look at what it changes.",
}


@dataclass
class Difference:
    "One output of a cell, now and as stored."

    where: str
    kind: str
    verdict: int
    detail: str = ""

    def __str__(self):
        return f"{self.where}: the stored {self.kind} {WORDS[self.verdict]}{self.detail}"


def number_verdict(stored, fresh):
    "How far two printed numbers are apart; whole ones must be equal."
    if stored == fresh:
        return EQUAL
    if not all(re.search("[.eE]", written) for written in (stored, fresh)):
        return STALE
    a, b = (Decimal(written.replace("−", "-")) for written in (stored, fresh))
    last_digit = Decimal(1).scaleb(min(a.as_tuple().exponent, b.as_tuple().exponent))
    if abs(a - b) <= last_digit:
        return LAST_DIGIT
    return ROUNDING if abs(a - b) <= ROUNDING_LIMIT * max(abs(a), abs(b)) else STALE


def text_verdict(stored, fresh):
    "The worst verdict on the numbers of two texts; stale where anything else differs."
    if stored == fresh:
        return EQUAL
    if NUMBER.sub("0", stored) != NUMBER.sub("0", fresh):
        return STALE
    return max(map(number_verdict, NUMBER.findall(stored), NUMBER.findall(fresh)))


def picture_verdict(stored, fresh):
    "Whether two PNGs show the same, up to rounding where one Matplotlib drew both."
    import numpy as np
    from PIL import Image

    if stored == fresh:
        return EQUAL
    pictures = [Image.open(io.BytesIO(base64.b64decode(data))) for data in (stored, fresh)]
    if pictures[0].size != pictures[1].size:
        return STALE
    one_version = pictures[0].info.get("Software") == pictures[1].info.get("Software")
    a, b = (np.asarray(picture.convert("RGBA"), float) for picture in pictures)
    allowed = SAME_PIXELS if one_version else SIMILAR_PIXELS
    return EQUAL if np.sqrt(np.mean((a - b) ** 2)) <= allowed else STALE


def parts(output):
    "An output as comparable parts: {kind: text or picture}."
    if output["output_type"] == "stream":
        return {output["name"]: text(output["text"])}
    return {kind: text(data) for kind, data in output.get("data", {}).items()}


def first_difference(stored, fresh):
    "The first line in which two texts differ, now and as stored."
    pairs = zip(fresh.splitlines() + [""], stored.splitlines() + [""])
    told = (f": {now!r}, stored {then!r}" for now, then in pairs if now != then)
    return next(told, "")[:400]


def part_difference(where, kind, stored, fresh):
    "The difference of one part of an output, or None."
    if kind.startswith("image/"):
        verdict, detail = picture_verdict(stored, fresh), ""
    else:
        verdict, detail = text_verdict(stored, fresh), first_difference(stored, fresh)
    return Difference(where, kind, verdict, detail) if verdict else None


def differences(path, outputs, failed=()):
    """Where the outputs stored in a notebook differ from fresh ones, {cell id: outputs}.

    A cell that showed something and has failed, {cell id: error}, differs as well."""
    from execnb.nbio import read_nb

    cells = zip(read_nb(path).cells, with_outputs(path, outputs).cells, strict=True)
    for position, (old, new) in enumerate(cells):
        if old.cell_type != "code":
            continue
        where = f"nbs/{path.name} cell {position} (id {old.id})"
        if old.id in failed and old.outputs:
            yield Difference(where, "output", STALE, f": {failed[old.id]}"[:400])
            continue
        before, after = ([parts(output) for output in cell.outputs] for cell in (old, new))
        if [sorted(output) for output in before] != [sorted(output) for output in after]:
            detail = f": {len(before)} of them, {len(after)} now, or of other kinds"
            yield Difference(where, "list of outputs", STALE, detail)
            continue
        for one, other in zip(before, after):
            found = (part_difference(where, kind, one[kind], other[kind]) for kind in one)
            yield from filter(None, found)


def faults(found, allowed=LAST_DIGIT):
    "The differences worse than what is allowed, with advice; an empty text for none."
    worse = [difference for difference in found if difference.verdict > allowed]
    verdicts = sorted({max(difference.verdict, ROUNDING) for difference in worse})
    return "\n".join([*map(str, worse), *(ADVICE[verdict] for verdict in verdicts)])
