"""Fetch a store's answers and move deliveries on: acknowledged, rejected, live."""

from __future__ import annotations

from datetime import datetime

from maxbooster_kernel.ddex.choreography import LIVE, Acknowledgement, read_acknowledgement
from maxbooster_kernel.delivery.journal import Entry, Journal, State
from maxbooster_kernel.delivery.receive import FOLDER
from maxbooster_kernel.delivery.transport import Transport
from maxbooster_kernel.errors import MessageError

WAITING = ("committed", "acknowledged")


def poll_acknowledgements(
    journal: Journal, transport: Transport, destination: str, *, now: datetime | None = None
) -> list[Entry]:
    """Return the deliveries to a destination that an answer moved on.

    Answers are found by batch or, where a store does not name it, by message id or UPC; an answer that cannot be read
    is noted and left.
    """
    moved: list[Entry] = []
    open_entries = [entry for entry in journal.entries(destination=destination) if entry.state in WAITING]
    if not open_entries:
        return []
    for name in transport.names(FOLDER):
        data = transport.read(f"{FOLDER}/{name}") if name.lower().endswith(".xml") else None
        if data is None:
            continue
        try:
            answer = read_acknowledgement(data)
        except MessageError as error:
            journal.note(open_entries[-1], "unreadable_answer", f"{name}: {error}", now=now)
            continue
        for index, entry in enumerate(open_entries):
            state = _state(answer)
            if _answers(answer, entry) and _moves(entry.state, state):
                detail = ", ".join(answer.codes) + (f"; {answer.text}" if answer.text else "")
                detail += f"; {answer.proposal}" if answer.proposal else ""
                open_entries[index] = journal.move(entry, state, detail, now=now)
                moved.append(open_entries[index])
    return moved


def _answers(answer: Acknowledgement, entry: Entry) -> bool:
    if answer.batch or answer.answered_id:
        return answer.batch == entry.batch or (not answer.batch and answer.answered_id == entry.message_id)
    return answer.icpn == entry.upc


def _state(answer: Acknowledgement) -> State:
    if not answer.accepted:
        return "rejected"
    return "live" if answer.status == LIVE else "acknowledged"


def _moves(old: str, new: State) -> bool:
    return (old, new) in {
        ("committed", "acknowledged"),
        ("committed", "rejected"),
        ("acknowledged", "live"),
        ("acknowledged", "rejected"),
    }
