"""Send a room's updates to its clients, several in one message when many come in at once."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from anyio import WouldBlock
from pycrdt import create_update_message, merge_updates

FEW: Final = 8
PAUSE_PER_CLIENT_S: Final = 0.0005
LONGEST_PAUSE_S: Final = 0.04
MOST: Final = 1000


async def broadcast(room: Any) -> None:
    """Pass on what changes in a room's document, for as long as the room is there.

    Each message goes to every client, so that with n clients who all edit, messages would grow as n squared.
    After sending to more than a few clients there is a pause of half a millisecond a client, and what comes in
    meanwhile is merged.
    """
    stream = room._update_receive_stream
    async with stream:
        async for update in stream:
            message = create_update_message(merged(update, stream))
            clients = list(room.clients)
            for client in clients:
                await client.send(message)
            if len(clients) > FEW:
                await asyncio.sleep(min(LONGEST_PAUSE_S, len(clients) * PAUSE_PER_CLIENT_S))


def merged(update: bytes, stream: Any) -> bytes:
    """Return an update merged with all that wait behind it."""
    updates = [update]
    while len(updates) < MOST:
        try:
            updates.append(stream.receive_nowait())
        except WouldBlock:
            break
    return updates[0] if len(updates) == 1 else merge_updates(*updates)
