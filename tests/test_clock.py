"""Days and times are UTC's, as AWS's are."""

from __future__ import annotations

import re
from datetime import UTC

from tenner import clock


def test_the_day_is_todays() -> None:
    """The clock is UTC's, as AWS's days are."""
    assert clock.now().tzinfo is UTC


def test_the_stamp_of_a_record() -> None:
    """A record has whole seconds, and says that they are UTC's."""
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", clock.stamp())
