"""Deliver to S3 and what speaks like it: an object appears whole or not at all, its MD5 is checked by the server.

Credentials and endpoint are boto3's own: environment (``AWS_ACCESS_KEY_ID``, ``AWS_ENDPOINT_URL`` ...) or profile; or
the keyring's, under the same names.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

from maxbooster_kernel.delivery.package import PackageFile
from maxbooster_kernel.delivery.retry import TransientError
from maxbooster_kernel.delivery.secret import secret
from maxbooster_kernel.delivery.transport import safe_path
from maxbooster_kernel.errors import DeliveryError, MissingExtraError

T = TypeVar("T")
TRANSIENT = frozenset(
    {"SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling", "BadDigest", "503"}
)


class S3Transport:
    """A bucket and a prefix: ``s3://bucket/prefix``; ``client`` may be given, else boto3 makes one."""

    def __init__(self, url: str, *, client: Any = None) -> None:
        try:
            import boto3
            import botocore.config
            import botocore.exceptions
        except ModuleNotFoundError:
            raise MissingExtraError("s3", "delivery to S3") from None
        self._errors: Any = botocore.exceptions
        kinds = ("HTTPClientError", "IncompleteReadError", "ConnectionError")
        self._transient: Any = (ConnectionError, *(getattr(self._errors, kind) for kind in kinds))
        parts = urlsplit(url)
        self.bucket, self.prefix = parts.netloc, unquote(parts.path).strip("/")
        if not re.fullmatch(r"[\w.:-]{3,255}", self.bucket, re.ASCII):
            raise DeliveryError(f'expected a bucket and a folder such as s3://bucket/inbox, got "{url}"')
        config = botocore.config.Config(retries={"max_attempts": 1}, connect_timeout=30, read_timeout=120)
        try:
            self._client = client or boto3.client("s3", config=config, **_from_keyring())
        except (self._errors.BotoCoreError, ValueError) as error:  # the latter of an endpoint that is no address
            raise DeliveryError(f"s3://{self.bucket}: {error}") from None

    def __repr__(self) -> str:
        return f"S3Transport('s3://{self.bucket}/{self.prefix}')"

    def has(self, file: PackageFile) -> bool:
        """Return whether the object is there, whole."""
        found = self._call(lambda: self._head(self._key(file.path)))
        return found is not None and found["ContentLength"] == file.size and _md5(found) == file.md5

    def store(self, file: PackageFile) -> None:
        """Put the object; the server compares the MD5 before it shows it."""
        digest = base64.b64encode(bytes.fromhex(file.md5)).decode("ascii")

        def put() -> None:
            with file.open() as body:
                self._client.put_object(
                    Bucket=self.bucket,
                    Key=self._key(file.path),
                    Body=body,
                    ContentLength=file.size,
                    ContentMD5=digest,
                    Metadata={"md5": file.md5},
                )

        self._call(put)
        if not self.has(file):
            raise TransientError(f"s3://{self.bucket}/{file.path}: what arrived differs from what was sent")

    def read(self, path: str) -> bytes | None:
        """Return the bytes of a small object; None if it is not there."""
        key = self._key(path)

        def get() -> bytes | None:
            if self._head(key) is None:
                return None
            body = self._client.get_object(Bucket=self.bucket, Key=key)["Body"]
            with body:
                return bytes(body.read())

        return self._call(get)

    def names(self, folder: str) -> list[str]:
        """Return the names of the objects directly below a prefix, sorted."""
        prefix = self._key(folder) + "/"

        def listing() -> list[str]:
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self.bucket, Prefix=prefix, Delimiter="/"
            )
            return sorted(str(item["Key"]).removeprefix(prefix) for page in pages for item in page.get("Contents", []))

        return self._call(listing)

    def close(self) -> None:
        """Close the client's connections."""
        self._client.close()

    def _key(self, path: str) -> str:
        return f"{self.prefix}/{safe_path(path)}" if self.prefix else safe_path(path)

    def _head(self, key: str) -> Any:
        try:
            return self._client.head_object(Bucket=self.bucket, Key=key)
        except self._errors.ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey", "NotFound"):
                return None
            raise

    def _call(self, action: Callable[[], T]) -> T:
        place = f"s3://{self.bucket}"
        try:
            return action()
        except self._errors.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code"))
            status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
            if code in TRANSIENT or status >= 500 or status == 429:
                raise TransientError(f"{place}: {code}: {error}") from None
            raise DeliveryError(f"{place}: {code}: {error}") from None
        except self._transient as error:
            raise TransientError(f"{place}: {type(error).__name__}: {error}") from None
        except self._errors.BotoCoreError as error:
            raise DeliveryError(f"{place}: {error}") from None


def _from_keyring() -> dict[str, str]:
    """Return credentials that are in the keyring and not in the environment; boto3 finds all others itself."""
    if os.environ.get("AWS_ACCESS_KEY_ID") or os.environ.get("AWS_PROFILE"):
        return {}
    key, word = secret("AWS_ACCESS_KEY_ID"), secret("AWS_SECRET_ACCESS_KEY")
    return {"aws_access_key_id": key, "aws_secret_access_key": word} if key and word else {}


def _md5(head: Any) -> str:
    return str(head.get("Metadata", {}).get("md5") or head.get("ETag", "").strip('"'))
