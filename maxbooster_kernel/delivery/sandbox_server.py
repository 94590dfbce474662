"""The practice store's door: an SFTP server on its inbox, and a loop that judges what arrived."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from maxbooster_kernel.delivery.receive import Receipt
from maxbooster_kernel.delivery.sandbox import SandboxStore
from maxbooster_kernel.errors import DeliveryError, MissingExtraError
from maxbooster_kernel.files import write_text

USER = "supplier"
DROPPED = 4  # with the fault "drop", one write in so many breaks the connection


async def serve(
    store: SandboxStore,
    *,
    port: int = 0,
    password: str | None = None,
    every_s: float = 0.5,
    ready: Callable[[int, str], None],
    answered: Callable[[Receipt], None],
    until: asyncio.Event | None = None,
) -> None:
    """Serve the store's inbox over SFTP on loopback until cancelled, and answer batches as they are completed.

    Parameters
    ----------
    store
        The store.
    port
        0 takes a free one.
    password
        Of the user ``supplier``; None takes ``MAXBOOSTER_SANDBOX_PASSWORD`` or makes one up.
    every_s
        How often to look for complete batches.
    ready
        Called with the port and the password when suppliers may come.
    answered
        Called with every receipt.
    until
        Stop when it is set.
    """
    try:
        import asyncssh
    except ModuleNotFoundError:
        raise MissingExtraError("sftp", "the practice store's SFTP server") from None
    store.prepare()
    word = password or os.environ.get("MAXBOOSTER_SANDBOX_PASSWORD") or secrets.token_urlsafe(12)
    key = host_key(store.folder / "host_key")
    writes = itertools.count()
    inbox = os.fsencode(str(store.inbox.resolve()))

    class Files(asyncssh.SFTPServer):
        """The inbox, and nothing above it."""

        def __init__(self, channel: Any) -> None:
            super().__init__(channel, chroot=inbox)

        def write(self, file_obj: object, offset: int, data: bytes) -> int | Awaitable[int]:
            """Write, or break the connection where the store was told to."""
            if store.fault == "drop" and next(writes) % DROPPED == 1:
                self.channel.get_connection().abort()
                raise asyncssh.SFTPFailure("the connection is broken for practice")
            return super().write(file_obj, offset, data)

    class Login(asyncssh.SSHServer):
        """One user with one password."""

        def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - asyncssh calls it so
            return True

        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return username == USER and secrets.compare_digest(password, word)

    try:
        server = await asyncssh.listen(
            "127.0.0.1", port, server_factory=Login, server_host_keys=[key], sftp_factory=Files, allow_scp=False
        )
    except OSError as error:
        raise DeliveryError(f"port {port} cannot be used ({error.strerror or error}); choose another") from None
    taken = int(server.sockets[0].getsockname()[1])
    write_text(store.folder / "known_hosts", f"[127.0.0.1]:{taken} {key.export_public_key().decode().strip()}\n")
    ready(taken, word)
    stop = until or asyncio.Event()
    try:
        while not stop.is_set():
            for receipt in await asyncio.to_thread(store.process):
                answered(receipt)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), every_s)
    finally:
        server.close()
        await server.wait_closed()


def host_key(path: Path) -> Any:
    """Return the store's host key, made on first use and readable by its owner only."""
    import asyncssh

    if path.is_file():
        return asyncssh.read_private_key(str(path))
    key = asyncssh.generate_private_key("ssh-ed25519")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(key.export_private_key())
    return key
