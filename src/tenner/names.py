"""Names are wiring: an app's name and environment decide every other name.

Two apps can't collide if their names differ: every name below starts with the app's name
and a delimiter that no app name contains.
"""

from __future__ import annotations

import re

ENVIRONMENTS = ("dev", "staging", "prod")
RESERVED = frozenset(
    "all api app apps aws default dev fleet health prod production registry shared "
    "shared-infra staging tenner test".split()
)
YAML_WORDS = frozenset("false no null off on true yes".split())
"""Words that one YAML reader or another does not take for text."""
_APP = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
_NAME = re.compile(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*\Z")
_SHORTEST, _LONGEST, _LONGEST_NAME = 3, 30, 60


def app_name_problem(name: str) -> str:
    """Say what is wrong with an app's name, or nothing; the same rule as copier.yml's."""
    if not _APP.match(name):
        return (
            f'given "{name[:60]}", expected small letters and digits, in words joined by single '
            'hyphens, beginning with a letter, such as "todo" or "link-hub"'
        )
    if not _SHORTEST <= len(name) <= _LONGEST:
        return f'given "{name[:60]}", expected {_SHORTEST} to {_LONGEST} characters'
    if name in RESERVED or name in YAML_WORDS:
        return f'given "{name}", which is a reserved word; choose another name'
    return ""


def plain_name_problem(name: str) -> str:
    """Say what is wrong with the name of a secret, parameter or function, or nothing."""
    if len(name) > _LONGEST_NAME:
        return f"given {len(name)} characters, expected a name of at most {_LONGEST_NAME}"
    if not _NAME.match(name):
        return (
            f'given "{name}", expected small letters and digits joined by - or _, '
            "beginning with a letter"
        )
    if name in YAML_WORDS:
        return f'given "{name}", which YAML readers do not take for text; choose another name'
    return ""


def shared_secret(name: str, environment: str) -> str:
    """Name of a secret that apps of one environment share."""
    return f"shared/{environment}/{name}"


def app_secret(app: str, environment: str, name: str) -> str:
    """Name of a Secrets Manager secret that an app has alone."""
    return f"{app}/{environment}/{name}"
