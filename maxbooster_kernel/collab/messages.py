"""The bytes on a room's websocket: sync and awareness of the Yjs protocols, and the server's own text messages."""

from __future__ import annotations

import json
from typing import Any, Final

from pycrdt import (
    Awareness,
    Decoder,
    Doc,
    Encoder,
    create_awareness_message,
    create_sync_message,
    create_update_message,
    handle_sync_message,
    merge_updates,
    read_message,
)

SYNC: Final = 0
AWARENESS: Final = 1
RAW: Final = 2
STEP2: Final = 1
UPDATE: Final = 2


def sync_question(doc: Doc[Any]) -> bytes:
    """Return the message that asks for what the document lacks (sync step 1)."""
    return bytes(create_sync_message(doc))


def sync_answer(message: bytes, doc: Doc[Any]) -> bytes | None:
    """Take in a sync message; return the answer to a question, None to anything else."""
    return handle_sync_message(message[1:], doc)


def updates(changes: list[bytes]) -> bytes:
    """Return the one message that carries several updates."""
    return bytes(create_update_message(changes[0] if len(changes) == 1 else merge_updates(*changes)))


def awareness_message(awareness: Awareness, clients: list[int]) -> bytes:
    """Return the message that tells the states of some clients."""
    return bytes(create_awareness_message(awareness.encode_awareness_update(clients)))


def awareness_content(message: bytes) -> bytes:
    """Return the awareness update inside a message."""
    return bytes(read_message(message[1:]))


def save_request(number: int) -> bytes:
    """Return the message that asks the server to save now, to be answered with the same number."""
    return _request("save", number)


def confirm_request(number: int) -> bytes:
    """Return the message that asks the server to answer with the same number when all sent before it is stored."""
    return _request("confirm", number)


def _request(word: str, number: int) -> bytes:
    encoder = Encoder()
    encoder.write_var_uint(RAW)
    encoder.write_var_string(word)
    encoder.write_var_uint(number)
    return bytes(encoder.to_bytes())


def server_text(message: bytes) -> dict[str, Any]:
    """Return the JSON object of the server's own message; an empty one when it is none.

    >>> server_text(bytes([2, 2]) + b"{}"), server_text(bytes([2, 1]) + b"x")
    ({}, {})
    """
    try:
        decoder = Decoder(message)
        decoder.read_var_uint()
        value = json.loads(decoder.read_var_string())
    except (ValueError, IndexError, RuntimeError):
        return {}
    return value if isinstance(value, dict) else {}
