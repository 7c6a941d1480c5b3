"""Run the shared infrastructure on this machine, without AWS: `make local`, `make local-stop`.

MiniStack plays AWS on loopback. It keeps everything in its memory, the Terraform states too, so
that stopping it leaves nothing behind.
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from typing import Any, NamedTuple

from tools import account as accounts
from tools.deploy import ACCOUNT, ROOT, expected, figures_of, read_fleet, with_state
from tools.problem import OUTSIDE, Problem, tell, told
from tools.terraform import find

WORK = ROOT / "build" / "local"
NOTE = ROOT / "build" / "local.json"
WAIT_S = 60
EMULATED = {"emulated": "true"}
NO_PROXY = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # all is on loopback
SERVER = ROOT / "tools" / "ministack_server.py"


class Note(NamedTuple):
    """Which process was started, and where it answers."""

    pid: int
    endpoint: str


def main(argv: list[str] | None = None) -> int:
    """Start or stop; 0 if done, 2 or 3 if it can't."""
    parser = argparse.ArgumentParser(description="Run the shared infrastructure on this machine.")
    parser.add_argument("step", choices=["start", "stop"])
    parser.add_argument("environment", nargs="?", default="dev")
    parser.add_argument("--python", default=sys.executable, help="a Python that has MiniStack")
    options = parser.parse_args(argv)
    if options.step == "stop":
        return told("local", stop)
    return told("local", lambda: start(options.environment, options.python))


def start(environment: str, python: str) -> int:
    """Start the emulator where it does not run, and apply the shared infrastructure to it.

    One at a time: apps may ask for it at once.
    """
    fleet = read_fleet(environment)
    if environment == ACCOUNT:
        raise Problem(f"ENV is account, which every environment brings. {expected(fleet)}")
    find(os.environ)  # before anything is started
    NOTE.parent.mkdir(exist_ok=True)
    with NOTE.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return start_alone(environment, fleet, python)


def start_alone(environment: str, fleet: dict[str, Any], python: str) -> int:
    """Do it while nobody else does."""
    endpoint, steps = running(), [(environment, {**EMULATED, "deletion_protection": "false"})]
    if not endpoint:
        endpoint = started(python)
        steps.insert(0, (ACCOUNT, EMULATED))
    account = accounts.local(endpoint, fleet["region"])
    print(f"shared {environment}: {account}", flush=True)
    for what, variables in steps:
        terraform = with_state(account, fleet, what, WORK / what)
        terraform.apply_now(variables, *figures_of(what))
    tell(terraform.outputs())
    return 0


def stop() -> int:
    """Stop the emulator by its process id; twice does no harm."""
    note = read_note()
    if note is None or not is_ours(note.pid):
        print("local: nothing runs here")
    else:
        end(note.pid)
        print(f"local: stopped process {note.pid}")
    NOTE.unlink(missing_ok=True)
    shutil.rmtree(WORK, ignore_errors=True)
    return 0


def running() -> str:
    """Give the endpoint of the emulator that runs for this repo, or nothing."""
    note = read_note()
    return note.endpoint if note and is_ours(note.pid) and comes_up(note) else ""


def comes_up(note: Note) -> bool:
    """Say whether the emulator answers; it may be busy for a while."""
    limit = time.monotonic() + WAIT_S
    while time.monotonic() < limit and is_ours(note.pid):
        if answers(note.endpoint):
            return True
        time.sleep(0.1)
    return False


def started(python: str) -> str:
    """Start MiniStack on loopback; give its endpoint."""
    if (note := read_note()) and is_ours(note.pid):
        end(note.pid)  # it does not answer
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "tmp").mkdir(parents=True)
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    log = WORK / "ministack.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [python, str(SERVER)],
            env=emulator_environment(port),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    NOTE.write_text(json.dumps({"pid": process.pid, "endpoint": endpoint}) + "\n", "utf-8")
    print(f"MiniStack starts at {endpoint}, process {process.pid}; its log: {log}", flush=True)
    if comes_up(Note(process.pid, endpoint)):
        return endpoint
    end(process.pid)
    NOTE.unlink()
    words = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    raise Problem(f"MiniStack did not start; the end of {log}: {' '.join(words)}", OUTSIDE)


def emulator_environment(port: int) -> dict[str, str]:
    """Keep MiniStack on loopback, its files in build/local, and real credentials out of it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "TMPDIR": str(WORK / "tmp"),
        "STATE_DIR": str(WORK / "state"),
        "S3_DATA_DIR": str(WORK / "s3"),
    }


def free_port() -> int:
    """Give a free port: any, for a fixed one could be another emulator's that starts now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(endpoint: str) -> bool:
    """Say whether the emulator is up."""
    url = f"{endpoint}/_ministack/health"
    with suppress(OSError), NO_PROXY.open(url, timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def read_note() -> Note | None:
    """Read which process was started last, and where it is."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        note = json.loads(NOTE.read_text(encoding="utf-8"))
        return Note(int(note["pid"]), str(note["endpoint"]))
    return None


def is_ours(pid: int) -> bool:
    """Say whether a process is MiniStack: its number may long be another's."""
    done = subprocess.run(
        ["ps", "-ww", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False
    )
    return "ministack" in done.stdout


def end(pid: int) -> None:
    """End MiniStack and the functions that it runs; by force where it does not go by itself."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, sign)
        limit = time.monotonic() + 10
        while time.monotonic() < limit:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if not is_ours(pid):
                return
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
