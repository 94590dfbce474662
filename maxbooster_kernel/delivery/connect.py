"""From a URL to a transport."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from maxbooster_kernel.delivery.transport import FolderTransport, Transport
from maxbooster_kernel.errors import DeliveryError


def destination_of(to: str | os.PathLike[str]) -> str:
    """Return a destination in the form the journal keeps: a URL without a password.

    Examples
    --------
    >>> destination_of("/srv/store"), destination_of("file:///srv/store")
    ('file:///srv/store', 'file:///srv/store')
    """
    text = os.fspath(to)
    if "://" not in text:
        return Path(text).absolute().as_uri()
    parts = urlsplit(text)
    if parts.password:
        raise DeliveryError("a password in the URL would be kept; give it by environment or keyring instead")
    if parts.scheme == "file" and parts.netloc not in ("", "localhost"):
        raise DeliveryError(f"expected file:///folder, got {text}")
    if parts.scheme in ("sftp", "http", "https") and not _names_a_host(parts):
        raise DeliveryError(f"expected {parts.scheme}://host/folder or {parts.scheme}://host:port/folder, got {text}")
    return text.rstrip("/")


def _names_a_host(parts: SplitResult) -> bool:
    try:
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is none
        return False


def connect(destination: str) -> Transport:
    """Return the transport of a destination."""
    parts = urlsplit(destination)
    if parts.scheme == "file":
        return FolderTransport(unquote(parts.path))
    if parts.scheme == "sftp":
        from maxbooster_kernel.delivery.sftp import SftpTransport

        return SftpTransport(destination)
    if parts.scheme == "s3":
        from maxbooster_kernel.delivery.s3 import S3Transport

        return S3Transport(destination)
    if parts.scheme in ("http", "https"):
        from maxbooster_kernel.delivery.http import HttpTransport

        return HttpTransport(destination)
    raise DeliveryError(f'expected a folder or a URL with file, sftp, s3 or http, got "{destination}"')
