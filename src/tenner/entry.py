"""What the `tenner` command calls: Ctrl-C while modules are imported prints no traceback."""

from __future__ import annotations

import signal


def main() -> int:
    """Import the command line and run it; gives its exit code."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from tenner import cli  # noqa: PLC0415 - a tenth of a second, in which people press Ctrl-C

    signal.signal(signal.SIGINT, before)
    return cli.main()
