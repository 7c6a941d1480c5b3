"""What goes wrong and a person can mend: one sentence, and the exit code."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

NEEDS_A_PERSON = 1
WRONG_INPUT = 2
OUTSIDE = 3


class Problem(Exception):
    """One sentence: what was given, what was expected, what to do."""

    def __init__(self, sentence: str, code: int = WRONG_INPUT) -> None:
        super().__init__(sentence)
        self.code = code


def told(command: str, work: Callable[[], int]) -> int:
    """Do the work; a problem becomes its sentence and its exit code, never a traceback."""
    try:
        return work()
    except Problem as problem:
        print(f"{command}: {problem}", file=sys.stderr)
        return problem.code
    except OSError as error:
        print(f"{command}: {error.filename or 'a file'}: {error.strerror}", file=sys.stderr)
        return OUTSIDE
    except KeyboardInterrupt:
        print(f"{command}: stopped", file=sys.stderr)
        return 130


def agreed(question: str, yes: bool) -> bool:
    """Ask a person, unless --yes was given; nobody there is a no."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise Problem("There is nobody to ask. Expected a terminal, or YES=1.", NEEDS_A_PERSON)
    return input(f"{question}? Only yes does it: ").strip() == "yes"


def read_yaml(path: Path, needed: Mapping[str, type]) -> dict[str, Any]:
    """Read a YAML file that has certain keys; what else may be wrong with it tenner check says."""
    hint = "See: tenner check ."
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise Problem(f"{path.name} is not in {path.parent}. Expected it there.") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise Problem(f"{path.name} is not YAML. {hint}") from None
    if not isinstance(content, dict):
        raise Problem(f"{path.name} is not a mapping. {hint}")
    for key, kind in needed.items():
        if not content.get(key) or not isinstance(content[key], kind):
            raise Problem(f"{path.name} has no {key}, or not as it should be. {hint}")
    return content


def tell(outputs: Mapping[str, Any]) -> None:
    """Say what there is now, by the outputs that are not empty."""
    for name, value in outputs.items():
        for key, text in value.items() if isinstance(value, dict) else [(None, value)]:
            if text:
                print(f"  {name.replace('_', ' ')}{f' of {key}' if key else ''}: {text}")
