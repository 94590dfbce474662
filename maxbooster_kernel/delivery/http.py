"""Deliver over HTTP: PUT each file with its MD5 and an idempotency key, HEAD to see what is there.

The store answers HEAD with ``Content-Length`` and the MD5 as ``ETag`` (or ``X-Checksum-MD5``) and shows a file when it
is whole. A token comes from ``MAXBOOSTER_HTTP_TOKEN``, in the environment or the keyring.
"""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote

import httpx

from maxbooster_kernel.delivery.package import PackageFile
from maxbooster_kernel.delivery.retry import TransientError
from maxbooster_kernel.delivery.secret import secret
from maxbooster_kernel.delivery.transport import safe_path
from maxbooster_kernel.errors import DeliveryError


class HttpTransport:
    """A store below a base URL."""

    def __init__(self, url: str, *, client: httpx.Client | None = None, timeout_s: float = 60.0) -> None:
        token = secret("MAXBOOSTER_HTTP_TOKEN")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.url = url.rstrip("/")
        self._client = client or httpx.Client(timeout=timeout_s, headers=headers, follow_redirects=False)

    def __repr__(self) -> str:
        return f"HttpTransport({self.url!r})"

    def has(self, file: PackageFile) -> bool:
        """Return whether the file is there, whole."""
        answer = self._ask("HEAD", file.path)
        if answer is None:
            return False
        found = answer.headers.get("X-Checksum-MD5") or answer.headers.get("ETag", "").strip('"')
        return bool(answer.headers.get("Content-Length") == str(file.size) and found.lower() == file.md5)

    def store(self, file: PackageFile) -> None:
        """Put the file; the store compares the MD5 before it shows it."""
        headers = {
            "Content-MD5": base64.b64encode(bytes.fromhex(file.md5)).decode("ascii"),
            "Content-Length": str(file.size),
            "Idempotency-Key": f"{file.md5}-{file.size}",
        }
        with file.open() as body:
            self._ask("PUT", file.path, content=body, headers=headers)
        if not self.has(file):
            raise TransientError(f"{self.url}/{file.path}: what arrived differs from what was sent")

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a small file; None if it is not there."""
        answer = self._ask("GET", path)
        return None if answer is None else answer.content

    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder, from the store's JSON list; empty if it has none."""
        answer = self._ask("GET", folder, trailing="/")
        if answer is None:
            return []
        try:
            listed = answer.json()
        except ValueError:
            return []
        return sorted(str(name) for name in listed) if isinstance(listed, list) else []

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, method: str, path: str, *, trailing: str = "", **options: Any) -> httpx.Response | None:
        url = f"{self.url}/{quote(safe_path(path))}{trailing}"
        try:
            answer = self._client.request(method, url, **options)
        except httpx.TransportError as error:
            raise TransientError(f"{url}: {type(error).__name__}: {error}") from None
        if answer.status_code == 404 and method != "PUT":
            return None
        check_answer(url, answer)
        return answer


def check_answer(url: str, answer: httpx.Response) -> None:
    """Raise what a store's answer means: try again, after as long as it says, or do not.

    Raises
    ------
    TransientError
        The store is busy or broken at the moment.
    DeliveryError
        It refuses; the first words of its answer are in the message.
    """
    if answer.status_code == 429 or answer.status_code >= 500:
        after = answer.headers.get("Retry-After", "")
        wait = float(after) if after.isdigit() else None
        raise TransientError(f"{url}: the store answers {answer.status_code}", retry_after_s=wait)
    if not answer.is_success:
        raise DeliveryError(f"{url}: the store answers {answer.status_code} {answer.text[:200]}".strip())
