"""Fails on any skipped or failed test in JUnit files: a check that did not run is not a check."""

import sys
from xml.etree import ElementTree as ET


def main(paths: list[str]) -> int:
    """Name each skipped and failed test; give 1 if there is one, or if no test ran."""
    passed, problems = 0, []
    for path in paths:
        for case in ET.parse(path).iter("testcase"):  # noqa: S314 - pytest wrote it a minute ago
            found = [case.find(kind) for kind in ("skipped", "failure", "error")]
            reasons = [each for each in found if each is not None]
            passed += not reasons
            name = f"{case.get('classname')}::{case.get('name')}"
            problems += [f"{each.tag}: {name}: {each.get('message')}" for each in reasons]
    for line in problems:
        print(line, file=sys.stderr)  # noqa: T201 - a script
    print(f"{passed} passed, {len(problems)} skipped or failed")  # noqa: T201 - a script
    return 1 if problems or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
