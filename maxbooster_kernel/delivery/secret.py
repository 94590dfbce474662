"""Secrets: from the environment, else from the system's keyring (extra ``keyring``); never kept, shown or logged.

In the keyring they stand under the service ``maxbooster`` with the name of the environment variable:
``keyring set maxbooster MAXBOOSTER_SFTP_PASSWORD``.
"""

from __future__ import annotations

import os

SERVICE = "maxbooster"


def secret(name: str) -> str | None:
    """Return the secret of a name such as ``MAXBOOSTER_SFTP_PASSWORD``; None if there is none.

    A keyring that is not installed, locked or without a backend has no secret.
    """
    found = os.environ.get(name)
    if found:
        return found
    try:
        import keyring
        from keyring.errors import KeyringError
    except ModuleNotFoundError:
        return None
    try:
        return keyring.get_password(SERVICE, name) or None
    except KeyringError:
        return None
