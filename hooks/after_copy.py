"""What Copier runs after a copy, in the new folder and with the Python that runs Copier."""

import os
import sys
from pathlib import Path

TEMPLATE = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TEMPLATE / "src"))
sys.dont_write_bytecode = True  # TEMPLATE is a clone that Copier takes away
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # looking for them takes time

from tenner.hooks import after_copy
from tenner.voice import leave

leave(after_copy(Path.cwd(), template=TEMPLATE))
