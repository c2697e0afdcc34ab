"""The verdicts on what a notebook shows beside what is stored in it."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from tools import outputs
from tools.outputs import EQUAL, LAST_DIGIT, ROUNDING, STALE

TEXTS = {
    ("cost 0.2453", "cost 0.2453"): EQUAL,
    ("cost 0.2453", "cost 0.2454"): LAST_DIGIT,
    ("cost 0.9999", "cost 1.0000"): LAST_DIGIT,
    ("-0.0001", "0.0000"): LAST_DIGIT,
    ("2.5e-16", "2.6e-16"): LAST_DIGIT,
    ("9.9e-17", "1.0e-16"): LAST_DIGIT,
    ("0.5", "0.499"): LAST_DIGIT,
    ("0.2453 0.2451", "0.2454 0.2450"): LAST_DIGIT,
    ("0.2453 0.2451", "0.2454 0.2448"): ROUNDING,
    ("0.2453", "0.2455"): ROUNDING,
    ("0.3", "0.30000000000000004"): ROUNDING,
    ("1.00", "0.99"): LAST_DIGIT,
    ("100.0", "101.1"): STALE,
    ("0.2453", "0.2500"): STALE,
    ("98.3% (295 of 300)", "98.3% (294 of 300)"): STALE,
    ("7 layers", "8 layers"): STALE,
    ("cost 0.2453", "costs 0.2453"): STALE,
    ("0.2453 0.2451", "0.2453"): STALE,
    ("0.2453", "-0.2453"): STALE,
    ("1e-12", "1e-11"): STALE,
    ("nan", "0.1"): STALE,
}


@pytest.mark.parametrize(("stored", "fresh"), TEXTS)
def test_texts(stored, fresh):
    assert outputs.text_verdict(stored, fresh) == TEXTS[stored, fresh]


def png(pixels, **details):
    "A picture as a notebook stores it."
    from PIL.PngImagePlugin import PngInfo

    info, data = PngInfo(), io.BytesIO()
    for key, value in details.items():
        info.add_text(key, value)
    Image.fromarray(pixels).save(data, format="png", pnginfo=info)
    return base64.b64encode(data.getvalue()).decode()


def test_pictures():
    grey = np.full((20, 20, 3), 128, np.uint8)
    nearly, other = grey + np.uint8(1), grey + np.uint8(5)
    one = {"Software": "Matplotlib 3.11"}
    assert outputs.picture_verdict(png(grey, **one), png(nearly, **one)) == EQUAL
    assert outputs.picture_verdict(png(grey, **one), png(other, **one)) == STALE
    assert (
        outputs.picture_verdict(png(grey, **one), png(other, Software="Matplotlib 3.10"))
        == EQUAL
    )
    assert outputs.picture_verdict(png(grey), png(grey[:10])) == STALE


def test_what_is_told():
    found = [
        outputs.Difference("a cell", "stdout", verdict)
        for verdict in (LAST_DIGIT, ROUNDING, STALE)
    ]
    assert outputs.faults(found[:1]) == ""
    assert outputs.faults(found).splitlines() == [
        "a cell: the stored stdout differs by rounding",
        "a cell: the stored stdout is stale",
        outputs.ADVICE[ROUNDING],
        outputs.ADVICE[STALE],
    ]
    assert "change the experiment" in outputs.faults(found[:1], allowed=EQUAL)
