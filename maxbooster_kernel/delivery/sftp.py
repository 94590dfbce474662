"""Deliver over SFTP: a known host or none, ``.name.part``, read back, rename; broken files go on where they broke.

Secrets come from the environment or the keyring (``MAXBOOSTER_SFTP_PASSWORD``, ``MAXBOOSTER_SFTP_KEY``, the path of a
key) or the user's SSH agent and keys. The host's key must be in ``MAXBOOSTER_SFTP_KNOWN_HOSTS`` or
``~/.ssh/known_hosts``.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import posixpath
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from maxbooster_kernel.delivery.package import PackageFile
from maxbooster_kernel.delivery.retry import TransientError
from maxbooster_kernel.delivery.secret import secret
from maxbooster_kernel.delivery.transport import CHUNK, safe_path
from maxbooster_kernel.errors import DeliveryError, MissingExtraError

T = TypeVar("T")
BLOCK = 256 * 1024
LISTINGS = 20  # of a folder in which files come and go


class SftpTransport:
    """A folder at an SFTP server.

    Parameters
    ----------
    url
        ``sftp://user@host:port/folder``.
    known_hosts
        The file of known host keys; None takes the environment's or the user's.
    timeout_s
        For connecting and for each operation.
    """

    def __init__(self, url: str, *, known_hosts: str | os.PathLike[str] | None = None, timeout_s: float = 60.0) -> None:
        try:
            import asyncssh
        except ModuleNotFoundError:
            raise MissingExtraError("sftp", "delivery over SFTP") from None
        self._ssh: Any = asyncssh
        parts = urlsplit(url)
        self.host, self.port = parts.hostname or "", parts.port or 22
        self.user = unquote(parts.username or os.environ.get("MAXBOOSTER_SFTP_USER") or "")
        self.root = unquote(parts.path) or "."
        self._known = _known_hosts(known_hosts)
        self._timeout_s = timeout_s
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="maxbooster-sftp", daemon=True)
        self._thread.start()
        self._connection: Any = None
        self._client: Any = None

    def __repr__(self) -> str:
        return f"SftpTransport('sftp://{self.user}@{self.host}:{self.port}{self.root}')"

    def has(self, file: PackageFile) -> bool:
        """Return whether the file is there, whole."""
        path = self._path(file.path)

        async def ask(client: Any) -> bool:
            if await self._size(client, path) != file.size:
                return False
            return await self._md5(client, path, file.size) == file.md5

        return self._run(ask)

    def store(self, file: PackageFile) -> None:
        """Make the file visible, whole and verified; a part that was sent before is gone on with if it is right."""
        path = self._path(file.path)
        folder, name = posixpath.split(path)
        part = f"{folder}/.{name}.part"

        async def put(client: Any) -> None:
            await client.makedirs(folder, exist_ok=True)
            offset = await self._resume_at(client, part, file)
            async with client.open(part, "r+b" if offset else "wb") as sink:
                with file.open() as source:
                    source.seek(offset)
                    at = offset
                    while block := source.read(BLOCK):
                        await sink.write(block, at)
                        at += len(block)
            if await self._size(client, part) != file.size or await self._md5(client, part, file.size) != file.md5:
                await client.remove(part)
                raise TransientError(f"{path}: what arrived differs from what was sent")
            await client.posix_rename(part, path)

        self._run(put)

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a small file; None if it is not there."""
        target = self._path(path)

        async def get(client: Any) -> bytes | None:
            try:
                async with client.open(target, "rb") as source:
                    return bytes(await source.read())
            except self._ssh.SFTPNoSuchFile:
                return None

        return self._run(get)

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, sorted."""
        target = self._path(folder)

        async def listing(client: Any) -> list[str]:
            for _ in range(LISTINGS):
                if not await client.isdir(target):
                    return []
                with contextlib.suppress(self._ssh.SFTPNoSuchFile):  # a file was renamed while the server looked at it
                    found = [str(name) for name in await client.listdir(target) if name not in (".", "..")]
                    return sorted([name for name in found if await client.isfile(f"{target}/{name}")])
            raise TransientError(f"{target}: its files change faster than the server can list them; try again later")

        return self._run(listing)

    def close(self) -> None:
        """Close the connection and the loop's thread."""
        try:
            asyncio.run_coroutine_threadsafe(self._disconnect(), self._loop).result(10)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()

    def _path(self, path: str) -> str:
        return posixpath.join(self.root, safe_path(path))

    def _run(self, action: Callable[[Any], Awaitable[T]]) -> T:
        async def work() -> T:
            return await action(await self._connect())

        try:
            return asyncio.run_coroutine_threadsafe(work(), self._loop).result()
        except DeliveryError:
            raise
        except Exception as error:  # noqa: BLE001 - asyncssh raises many kinds; each is named in the result
            asyncio.run_coroutine_threadsafe(self._disconnect(), self._loop).result(10)
            raise self._translate(error) from None

    async def _connect(self) -> Any:
        if self._client is None:
            options: dict[str, Any] = {"known_hosts": self._known, "username": self.user or ()}
            password, key = secret("MAXBOOSTER_SFTP_PASSWORD"), secret("MAXBOOSTER_SFTP_KEY")
            if password:
                options["password"] = password
            if key:
                options["client_keys"] = [key]
            self._connection = await self._ssh.connect(
                self.host, self.port, connect_timeout=self._timeout_s, login_timeout=self._timeout_s, **options
            )
            self._client = await self._connection.start_sftp_client()
        return self._client

    async def _disconnect(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.abort()
            await connection.wait_closed()

    async def _size(self, client: Any, path: str) -> int | None:
        try:
            size = (await client.stat(path)).size
        except self._ssh.SFTPNoSuchFile:
            return None
        return None if size is None else int(size)

    async def _md5(self, client: Any, path: str, size: int) -> str:
        digest = hashlib.md5(usedforsecurity=False)
        async with client.open(path, "rb") as source:
            left = size
            while left and (block := await source.read(min(CHUNK, left))):
                digest.update(block)
                left -= len(block)
        return digest.hexdigest()

    async def _resume_at(self, client: Any, part: str, file: PackageFile) -> int:
        """Return how many bytes of a part are there and right; parallel writes can leave holes, so it is compared."""
        size = await self._size(client, part)
        if not size or size > file.size:
            return 0
        digest = hashlib.md5(usedforsecurity=False)
        with file.open() as source:
            left = size
            while left and (block := source.read(min(CHUNK, left))):
                digest.update(block)
                left -= len(block)
        return size if await self._md5(client, part, size) == digest.hexdigest() else 0

    def _translate(self, error: Exception) -> DeliveryError:
        place = f"sftp://{self.host}:{self.port}"
        ssh = self._ssh
        if isinstance(error, ssh.HostKeyNotVerifiable):
            return DeliveryError(f"{place}: the host's key is not known; put it into {self._known}, after comparing it")
        if isinstance(error, ssh.PermissionDenied):
            message = "login refused; set MAXBOOSTER_SFTP_PASSWORD or MAXBOOSTER_SFTP_KEY, or ask the store"
            return DeliveryError(f"{place}: {message}")
        if isinstance(error, ssh.SFTPPermissionDenied | ssh.SFTPNoSpaceOnFilesystem | ssh.SFTPQuotaExceeded):
            return DeliveryError(f"{place}: the store refuses the file ({error})")
        transient = (
            ssh.DisconnectError,
            ssh.SFTPError,
            ssh.ChannelOpenError,
            ConnectionError,
            TimeoutError,
            OSError,
            EOFError,
        )
        if isinstance(error, transient):
            return TransientError(f"{place}: {type(error).__name__}: {error}")
        return DeliveryError(f"{place}: {type(error).__name__}: {error}")


def _known_hosts(chosen: str | os.PathLike[str] | None) -> str:
    path = Path(chosen or os.environ.get("MAXBOOSTER_SFTP_KNOWN_HOSTS") or Path.home() / ".ssh" / "known_hosts")
    if not path.is_file():
        raise DeliveryError(
            f"there is no file of known hosts {path}; put the store's host key there, after comparing it"
        )
    return str(path)
