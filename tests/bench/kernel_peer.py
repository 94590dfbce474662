"""One of two kernels that drag a fader: joins a session as any script does, and prints when it wrote or saw each value.

Run by bench_collab.py: ``python kernel_peer.py write|read FILE EDITS`` with the server in the environment.
"""

from __future__ import annotations

import json
import sys
import threading
import time

import maxbooster_kernel as mb

HZ = 60


def write(session: mb.Session, edits: int) -> dict[int, float]:
    """Drag the first fader and return when each value was written."""
    times: dict[int, float] = {}
    fader = session.tracks["t0"]
    start = time.monotonic()
    for number in range(1, edits + 1):
        times[number] = time.monotonic()
        fader.gain = number
        time.sleep(max(0.0, start + number / HZ - time.monotonic()))
    return times


def read(session: mb.Session, edits: int) -> dict[int, float]:
    """Return when each value of the first fader was seen, inside the commit that brought it."""
    times: dict[int, float] = {}
    done = threading.Event()

    def seen(event: object) -> None:
        now = time.monotonic()
        for change in event:  # type: ignore[attr-defined]  # - events of a deep observer are a list
            if "gain" in getattr(change, "keys", {}):
                value = int(change.keys["gain"]["newValue"])
                times[value] = now
                if value == edits:
                    done.set()

    with session.document.lock:
        subscription = session.document.roots["tracks"].observe_deep(seen)
    print("ready", flush=True)
    done.wait(edits / HZ + 60)
    with session.document.lock:
        session.document.roots["tracks"].unobserve(subscription)
    return times


def main() -> None:
    """Join, do one half, print the times as JSON."""
    role, path, edits = sys.argv[1], sys.argv[2], int(sys.argv[3])
    session = mb.Session.join(path, name=role)
    times = {"write": write, "read": read}[role](session, edits)
    time.sleep(0.5)
    session.leave()
    print(json.dumps(times), flush=True)


if __name__ == "__main__":
    main()
