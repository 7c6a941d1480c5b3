"""Answers from a small model, asked as seldom as can be: static, then cached, then asked."""

import functools
import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.shared import table
from functions.shared.inputs import Refused, text
from functions.shared.logs import failure, logger

MOST_PROMPT_CHARACTERS = 4_000
EMERGENCY_RETRY_AFTER_S = 3_600  # the guard looks again each hour
MODEL_TIMEOUT_S = 8  # keep it below timeout_s in app.yaml
STATIC_ANSWERS = Path(__file__).with_name("ai_static_answers.json")


@dataclass(frozen=True)
class Answer:
    """A text, and where it came from: static, cache or model."""

    text: str
    source: str


def answer(prompt: str) -> Answer:
    """Answer a prompt; Refused with 400 for a wrong one, with 503 if no answer can be had."""
    prompt = text(prompt, "prompt", MOST_PROMPT_CHARACTERS).strip()
    if known := static_answers().get(_normal(prompt)):
        return Answer(known, "static")
    pk, sk = table.key("ai", _digest(prompt)), table.key("answer")
    if row := table.read(pk, sk):
        return Answer(str(row["text"]), "cache")
    if is_emergency():
        sentence = "New questions are not answered just now; those asked before are."
        raise Refused(503, sentence, EMERGENCY_RETRY_AFTER_S)
    said = _ask_model(prompt)
    row = {"pk": pk, "sk": sk, "text": said}
    if expiry := table.expires_at(time.time(), int(os.environ["AI_CACHE_TTL_DAYS"])):
        row["expires_at"] = expiry
    table.overwrite(row)
    return Answer(said, "model")


def is_emergency() -> bool:
    """Say whether the model may not be called; whatever is not plainly "false" means so."""
    return os.environ.get("EMERGENCY_MODE", "false").strip().lower() not in ("false", "")


@functools.cache
def static_answers() -> dict[str, str]:
    """Load the answers that cost nothing, by question in small letters."""
    answers: dict[str, str] = json.loads(STATIC_ANSWERS.read_text("utf-8"))
    return {_normal(question): said for question, said in answers.items()}


def _normal(question: str) -> str:
    return " ".join(question.casefold().split())


def _digest(prompt: str) -> str:
    asked = [os.environ["AI_MODEL"], os.environ["AI_MAX_OUTPUT_TOKENS"], prompt]
    return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


def _ask_model(prompt: str) -> str:
    try:
        answer = client().converse(
            modelId=os.environ["AI_MODEL"],
            messages=[{"role": "user", "content": [{"text": prompt}]}],
            inferenceConfig={"maxTokens": int(os.environ["AI_MAX_OUTPUT_TOKENS"])},
        )
    except _model_errors() as error:
        logger.warning("the model gave no answer", extra=failure(error))
        raise Refused(503, "The model gives no answer just now; try again later.") from None
    said = "".join(part.get("text", "") for part in answer["output"]["message"]["content"])
    if not said.strip():
        raise Refused(503, "The model gave an empty answer; try again later.")
    return said


def _model_errors() -> tuple[type[Exception], ...]:
    from botocore.exceptions import BotoCoreError, ClientError

    return (BotoCoreError, ClientError)


@functools.cache
def client() -> Any:
    """Make the Bedrock client once; it tries once, because a second try is paid again."""
    import boto3
    from botocore.config import Config

    retries = {"mode": "standard", "total_max_attempts": 1}
    return boto3.client(
        "bedrock-runtime",
        config=Config(connect_timeout=2, read_timeout=MODEL_TIMEOUT_S, retries=retries),
    )
