"""Gzip: for whom, for what, and reversible."""

import base64
import gzip

import pytest

from functions.api.responses import accepts_gzip, compress

LARGE = {"statusCode": 200, "headers": {"Content-Type": "text/plain"}, "body": "ä" * 1000}
SMALL = {**LARGE, "body": "ä"}


@pytest.mark.parametrize(
    ("header", "is_accepted"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip; q=1.0, *;q=0", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("*;q=0", False),
        ("gzip;q=much", False),
    ],
)
def test_accept_encoding_is_respected(header: str, is_accepted: bool) -> None:
    """A weight of zero is a no; a star stands for what is not named."""
    assert accepts_gzip(header) is is_accepted


def test_what_was_compressed_comes_back() -> None:
    """The compressed body is the same text, and says how it is encoded."""
    response = compress({"headers": {"accept-encoding": "gzip"}}, LARGE)
    assert gzip.decompress(base64.b64decode(response["body"])).decode() == LARGE["body"]
    assert response["isBase64Encoded"] is True
    assert response["headers"] == {
        "Content-Type": "text/plain",
        "Vary": "Accept-Encoding",
        "Content-Encoding": "gzip",
    }


def test_others_get_it_plain() -> None:
    """Without gzip the body stays, and caches are told that it may differ."""
    response = compress({}, LARGE)
    assert response["body"] == LARGE["body"]
    assert response["headers"]["Vary"] == "Accept-Encoding"


def test_small_is_left_alone() -> None:
    """A small body is not worth it."""
    assert compress({"headers": {"accept-encoding": "gzip"}}, SMALL) == SMALL
