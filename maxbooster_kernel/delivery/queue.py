"""Deliver many releases at once: a few at a time, each release's own messages in their order, takedowns first."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.ddex.write import Action
from maxbooster_kernel.delivery.connect import destination_of
from maxbooster_kernel.delivery.deliver import Delivery, HasRecord, deliver
from maxbooster_kernel.delivery.journal import Journal
from maxbooster_kernel.delivery.retry import RetryPolicy
from maxbooster_kernel.errors import DeliveryError, MaxBoosterError, WrongKindError, expect, kind_of
from maxbooster_kernel.identifiers import normalise
from maxbooster_kernel.kinds import checked

T = TypeVar("T")
Send = Callable[["DeliveryJob"], Delivery]


@checked
@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryJob:
    """One delivery to make: see :func:`maxbooster_kernel.deliver` for the fields."""

    release: HasRecord | ReleaseRecord
    to: str | os.PathLike[str]
    store: str | os.PathLike[str] = "sandbox"
    folder: str | os.PathLike[str] | None = None
    version: str | None = None
    action: Action = "initial"
    live: bool = False

    @property
    def lane(self) -> tuple[str, str]:
        """Return what must stay in order: the release and the place it goes to."""
        record = self.release if isinstance(self.release, ReleaseRecord) else self.release.record
        return normalise(record.upc or ""), destination_of(self.to)

    @property
    def host(self) -> str:
        """Return whose connections are counted."""
        return urlsplit(destination_of(self.to)).netloc or "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a job: a delivery, or the error that stopped it; ``superseded`` ones were never sent."""

    job: DeliveryJob
    delivery: Delivery | None = None
    error: MaxBoosterError | None = None
    superseded: bool = False

    @property
    def ok(self) -> bool:
        """Return whether it was delivered, or need not be."""
        return self.error is None


@checked
def deliver_many(
    jobs: Iterable[DeliveryJob],
    *,
    concurrency: int = 4,
    journal: Journal | None = None,
    policy: RetryPolicy | None = None,
    progress: Literal["bar"] | None = None,
) -> list[Outcome]:
    """Deliver many releases; return what became of each job, in the order of the jobs.

    Jobs of different releases run side by side; those of one release to one place run in their order. A takedown goes
    before everything else, and what was queued before it for the same release is not sent at all. A job that fails
    does not stop the others.

    Parameters
    ----------
    jobs
        What to deliver.
    concurrency
        At most this many deliveries at once to one host.
    journal
        The journal of deliveries; by default the one in the catalogue.
    policy
        The retries.
    progress
        ``"bar"`` for a bar of jobs.
    """
    if not isinstance(jobs, Iterable):
        raise WrongKindError(f"expected a list of deliveries, got {kind_of(jobs)}; put it in brackets: [...]")
    make = "make one: mb.DeliveryJob(release=release, store=name, to=url)"
    waiting = [expect(job, DeliveryJob, "a DeliveryJob", make) for job in jobs]
    log = journal or Journal.open()
    try:
        work = deliver_queue(waiting, partial(_send, journal=log, policy=policy), concurrency, progress=progress)
        return _run(work)
    finally:
        if journal is None:
            log.close()


async def deliver_queue(
    jobs: Sequence[DeliveryJob], send: Send, concurrency: int = 4, *, progress: Literal["bar"] | None = None
) -> list[Outcome]:
    """Do what :func:`deliver_many` does on the running event loop, with ``send`` for each job in a thread."""
    if concurrency < 1:
        raise DeliveryError(f"expected a concurrency of 1 or more, got {concurrency}")
    outcomes: dict[int, Outcome] = {}
    lanes: dict[tuple[str, str], list[int]] = {}
    for index, job in enumerate(jobs):
        lane = lanes.setdefault(job.lane, [])
        if job.action == "takedown":
            outcomes.update({before: Outcome(job=jobs[before], superseded=True) for before in lane})
            lane.clear()
        lane.append(index)
    # Lanes that begin with a takedown take the free places first; all lanes of a host share its places.
    order = sorted(lanes.values(), key=lambda lane: jobs[lane[0]].action != "takedown")
    places = {jobs[lane[0]].host: asyncio.Semaphore(concurrency) for lane in order}

    async def run(lane: list[int]) -> None:
        for index in lane:
            async with places[jobs[index].host]:
                outcomes[index] = await asyncio.to_thread(_outcome, jobs[index], send)
            bar.update()

    with _bar(progress, len(jobs) - len(outcomes)) as bar:
        await asyncio.gather(*(run(lane) for lane in order))
    return [outcomes[index] for index in range(len(jobs))]


def _outcome(job: DeliveryJob, send: Send) -> Outcome:
    try:
        return Outcome(job=job, delivery=send(job))
    except MaxBoosterError as error:
        return Outcome(job=job, error=error)


def _send(job: DeliveryJob, *, journal: Journal, policy: RetryPolicy | None) -> Delivery:
    return deliver(
        job.release,
        store=job.store,
        to=job.to if "://" in os.fspath(job.to) else Path(job.to),
        folder=job.folder,
        version=job.version,
        action=job.action,
        live=job.live,
        journal=journal,
        policy=policy,
    )


def _bar(progress: Literal["bar"] | None, total: int) -> Any:
    from tqdm.auto import tqdm

    return tqdm(total=total, desc="deliveries", unit="release", disable=progress != "bar")


def _run(work: Awaitable[T]) -> T:
    """Run a coroutine to its end, also where a loop is running, as in a notebook."""

    async def whole() -> T:
        return await work

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(whole())
    found: list[T] = []
    errors: list[BaseException] = []

    def inner() -> None:
        try:
            found.append(asyncio.run(whole()))
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
            errors.append(error)

    thread = threading.Thread(target=inner, name="maxbooster-deliveries")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return found[0]
