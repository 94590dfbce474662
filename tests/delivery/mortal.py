"""Deliver in child processes that are killed (SIGKILL) at a chosen step; run as a script by ``test_killed.py``.

Arguments: RELEASE.json, the journal, the base URL, then the steps. For each step one line of JSON: whether the child
was killed, what it had stored, and what a second child, which lives, sent and kept.
"""

import json
import os
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from maxbooster_kernel.delivery.connect import connect, destination_of
from maxbooster_kernel.delivery.deliver import deliver
from maxbooster_kernel.delivery.journal import Journal
from maxbooster_kernel.delivery.retry import RetryPolicy
from maxbooster_kernel.workbench.release import Release

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class Mortal:
    """A transport whose process is killed at the n-th step: before looking, before, half-way in and after a file."""

    def __init__(self, line, at, log):
        self.line, self.at, self.steps, self.log = line, at, 0, log

    def step(self):
        self.steps += 1
        if self.steps == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def has(self, file):
        self.step()
        return self.line.has(file)

    def store(self, file):
        self.step()
        half = [False]

        def on_read(at):
            if not half[0] and 2 * at >= file.size:
                half[0] = True
                self.step()

        self.line.store(replace(file, on_read=on_read))
        with self.log.open("a") as stream:
            stream.write(file.path + "\n")
        self.step()

    def __getattr__(self, name):
        return getattr(self.line, name)


def child(work, *arguments):
    """Return the exit status of a forked child that does the work."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            work(*arguments)
            status = 0
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def attempt(release, journal, to, at, log, result):
    line, book = Mortal(connect(destination_of(to)), at, log), Journal.open(journal)
    done = deliver(release, to=to, journal=book, transport=line, policy=RetryPolicy(tries=1), now=NOW)
    line.close()
    book.close()
    facts = {"state": done.state, "sent": done.sent, "kept": done.kept, "batch": done.batch, "steps": line.steps}
    result.write_text(json.dumps(facts))


def main(file, journal, base, *steps):
    release, place = Release.from_json(file), Path(journal).parent
    Journal.open(journal).close()
    for step in map(int, steps):
        to, result = f"{base}/step{step}", place / f"result{step}.json"
        logs = [place / f"stored{step}.txt", place / f"again{step}.txt"]
        for log in logs:
            log.touch()
        status = child(attempt, release, journal, to, step, logs[0], result)
        second = child(attempt, release, journal, to, 0, logs[1], result)
        facts = {"step": step, "killed": status == -signal.SIGKILL, "second": second}
        facts |= {"stored": logs[0].read_text().split(), "again": logs[1].read_text().split()}
        print(json.dumps(facts | json.loads(result.read_text())), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
