"""Try again what may succeed later: three tries, 5 s and 10 s apart at most, never what cannot succeed."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import tenacity

from maxbooster_kernel.errors import DeliveryError

T = TypeVar("T")


class TransientError(DeliveryError):
    """A failure that may pass: a timeout, a reset connection, a busy server."""

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """When to try again.

    Parameters
    ----------
    tries
        Tries in all.
    base_s, cap_s
        The longest wait before the second try, doubled for each further one, and the longest wait of all.
    deadline_s
        No new try after this time.
    sleep, clock, rng
        How to wait, how to tell the time and the jitter's randomness; tests pass their own.
    """

    tries: int = 3
    base_s: float = 5.0
    cap_s: float = 60.0
    deadline_s: float = 3600.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    rng: random.Random = field(default_factory=random.Random)

    def wait_s(self, attempt: int, error: BaseException | None) -> float:
        """Return the wait after a failed attempt (from 1): full jitter, or what the server asks for."""
        asked = getattr(error, "retry_after_s", None)
        if asked is not None:
            return min(float(asked), self.cap_s)
        return self.rng.uniform(0.0, min(self.cap_s, self.base_s * 2 ** (attempt - 1)))

    def call(self, action: Callable[[], T], *, on_retry: Callable[[int, BaseException], None] | None = None) -> T:
        """Return what ``action`` returns; transient failures are tried again, any other is raised at once."""
        begin = self.clock()

        def wait(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            if on_retry is not None and error is not None:
                on_retry(state.attempt_number, error)
            return self.wait_s(state.attempt_number, error)

        def stop(state: tenacity.RetryCallState) -> bool:
            return state.attempt_number >= self.tries or self.clock() - begin >= self.deadline_s

        runner = tenacity.Retrying(
            sleep=self.sleep,
            wait=wait,
            stop=stop,
            retry=tenacity.retry_if_exception_type(TransientError),
            reraise=True,
        )
        return runner(action)
