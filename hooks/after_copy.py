"""What Copier runs after a copy, in the new folder and with the Python that runs Copier."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from tenner.hooks import after_copy

sys.exit(after_copy(Path.cwd(), template=Path(__file__).resolve().parents[1]))
