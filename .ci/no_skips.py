"""Fails on any skipped test in JUnit files: a check that did not run is not a check."""

import sys
from xml.etree import ElementTree as ET


def main(paths: list[str]) -> int:
    """Name each skipped test with its reason; give 1 if there is one, or if no test ran."""
    ran, skipped = 0, []
    for path in paths:
        for case in ET.parse(path).iter("testcase"):  # noqa: S314 - pytest wrote it a minute ago
            reason = case.find("skipped")
            if reason is None:
                ran += 1
            else:
                skipped.append(f"{case.get('name')}: {reason.get('message')}")
    for line in skipped:
        print(f"skipped: {line}", file=sys.stderr)  # noqa: T201 - a script
    print(f"{ran} passed, {len(skipped)} failed")  # noqa: T201 - a script
    return 1 if skipped or not ran else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
