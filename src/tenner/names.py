"""Names are wiring: an app's name and environment decide every other name.

Two apps can't collide if their names differ: every name below starts with the app's name and a
delimiter that no app name contains, or with its name and environment, and no word of a name is an
environment: `pip-dev-*` of pip would match what an app `pip-dev` has.
"""

from __future__ import annotations

import re

from tenner.shown import shown

ENVIRONMENTS = ("dev", "staging", "prod")
RESERVED = frozenset(
    "all api app apps aws default dev fleet health prod production registry shared "
    "shared-infra staging tenner test".split()
)
YAML_WORDS = frozenset("false no null off on true yes".split())
"""Words that one YAML reader or another does not take for text."""
_APP = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*\Z")
_FUNCTION = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
_VALUE = re.compile(
    r"\A((sk|pk|rk)[-_]|gh[pousr]_|xox[a-z]-|akia|asia|eyj|aiza)|[a-z0-9+/=]{25,}|[:=]",
    re.IGNORECASE,
)
"""What the value of a secret looks like; the same as in questions/validate.jinja."""
_SHORTEST, _LONGEST, _LONGEST_NAME = 3, 30, 60
_LONGEST_FUNCTION = 25  # {app}-{environment}-{function} has at most 64 characters in AWS


def app_name_problem(name: str) -> str:
    """Say what is wrong with an app's name, or nothing; the same rule as copier.yml's."""
    if not _APP.match(name):
        return (
            f"given {shown(name)}, expected small letters and digits, in words joined by single "
            'hyphens, beginning with a letter, such as "todo" or "link-hub"'
        )
    if not _SHORTEST <= len(name) <= _LONGEST:
        return f"given {shown(name)}, expected {_SHORTEST} to {_LONGEST} characters"
    if name in RESERVED or name in YAML_WORDS:
        return f'given "{name}", which is a reserved word; choose another name'
    if word := next((each for each in name.split("-")[1:] if each in ENVIRONMENTS), ""):
        return (
            f'given "{name}", which has the word {word}; expected a name without dev, staging and '
            "prod, because an app's name and environment make its other names"
        )
    return ""


def plain_name_problem(name: str) -> str:
    """Say what is wrong with the name of a secret or parameter, or nothing."""
    if len(name) > _LONGEST_NAME:
        return f"given {len(name)} characters, expected a name of at most {_LONGEST_NAME}"
    if not _NAME.match(name):
        given = shown(name)
        if _VALUE.search(name):
            given = "what looks like the value of a secret"  # must not reach a terminal or a log
        return (
            f"given {given}, expected small letters and digits joined by - or _, "
            "beginning with a letter"
        )
    if name in YAML_WORDS:
        return f'given "{name}", which YAML readers do not take for text; choose another name'
    return ""


def function_name_problem(name: str) -> str:
    """Say what is wrong with the name of a function, or nothing.

    No hyphen: `pip` with a function `dev-x` and `pip-dev` with `x` would both be `pip-dev-dev-x`.
    """
    if not _FUNCTION.match(name) or len(name) > _LONGEST_FUNCTION:
        return (
            f"given {shown(name)}, expected at most {_LONGEST_FUNCTION} small letters and digits "
            "joined by _, beginning with a letter"
        )
    return plain_name_problem(name)


def shared_secret(name: str, environment: str) -> str:
    """Name of a secret that apps of one environment share."""
    return f"shared/{environment}/{name}"


def shared_parameter(name: str, environment: str) -> str:
    """Name of a shared secret's SecureString; CI may read all that is below /shared/{env}/."""
    return f"/shared/secrets/{environment}/{name}"


def app_secret(app: str, environment: str, name: str) -> str:
    """Name of a Secrets Manager secret that an app has alone."""
    return f"{app}/{environment}/{name}"


def app_parameter(app: str, environment: str, name: str) -> str:
    """Name of a parameter that an app has alone."""
    return f"/{app}/{environment}/{name}"
