"""Responses as the HTTP API sends them: large ones gzipped, because bytes out are paid."""

import base64
import gzip
from typing import Any

LEAST_BYTES = 1024  # below this, gzip saves less than it costs


def compress(event: dict[str, Any], response: dict[str, Any]) -> dict[str, Any]:
    """Gzip a large text body if the client takes it; other responses stay as they are."""
    body = response.get("body")
    if not isinstance(body, str) or response.get("isBase64Encoded"):
        return response
    raw = body.encode()
    if len(raw) < LEAST_BYTES:
        return response
    # Caches must know that the other half of the clients gets other bytes.
    headers = {**response.get("headers", {}), "Vary": "Accept-Encoding"}
    if not accepts_gzip((event.get("headers") or {}).get("accept-encoding", "")):
        return {**response, "headers": headers}
    return {
        **response,
        "headers": {**headers, "Content-Encoding": "gzip"},
        "body": base64.b64encode(gzip.compress(raw, compresslevel=6, mtime=0)).decode(),
        "isBase64Encoded": True,
    }


def accepts_gzip(accept_encoding: str) -> bool:
    """Read an Accept-Encoding header; `gzip;q=0` is a no, `*` stands for what isn't named."""
    weights: dict[str, float] = {}
    for choice in accept_encoding.lower().split(","):
        name, *parameters = (part.strip() for part in choice.split(";"))
        weights[name] = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                weights[name] = _weight(parameter[2:])
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
