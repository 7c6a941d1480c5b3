"""Structured logging: what happened, never what was in it."""

import traceback
from pathlib import Path

from aws_lambda_powertools import Logger

logger = Logger()  # POWERTOOLS_SERVICE_NAME and LOG_LEVEL say its name and its level


def failure(error: BaseException) -> dict[str, object]:
    """Say what failed and where; not the error's own message, which may quote a payload."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "functions" in Path(frame.filename).parts]
    said: dict[str, object] = {
        "error": type(error).__name__,
        "where": [f"{Path(frame.filename).name}:{frame.lineno}" for frame in ours],
    }
    answer = getattr(error, "response", None)  # botocore's ClientError has one
    if isinstance(answer, dict) and isinstance(answer.get("Error"), dict):
        said["aws_error"] = answer["Error"].get("Code")
    return said
