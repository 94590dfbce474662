"""What an extra is needed for says so in one line where it is not installed."""

from __future__ import annotations

import logging
import sys

import pytest

from maxbooster_kernel.catalogue.store import Catalogue
from maxbooster_kernel.ddex.schematron import check_schematron
from maxbooster_kernel.delivery.lookup import look_up
from maxbooster_kernel.delivery.s3 import S3Transport
from maxbooster_kernel.delivery.sftp import SftpTransport
from maxbooster_kernel.errors import MissingExtraError
from maxbooster_kernel.royalties import warehouse_sql
from maxbooster_kernel.royalties.providers import Stripe
from maxbooster_kernel.server.fanout import RedisFanout

NEEDED = {
    "sftp": ("asyncssh", lambda: SftpTransport("sftp://store.example/in")),
    "s3": ("boto3", lambda: S3Transport("s3://bucket/in")),
    "postgres": ("psycopg", lambda: Catalogue.open("postgresql://store.example/label")),
    "stripe": ("stripe", Stripe),
    "warehouse": ("ibis", lambda: warehouse_sql("snowflake")),
    "redis": ("redis", lambda: RedisFanout("redis://store.example", logging.getLogger())),
    "spotify": ("spotipy", lambda: look_up("USABC2600001", store="spotify")),
    "schematron": ("saxonche", lambda: check_schematron(b"<a/>", [])),
}


@pytest.mark.parametrize("extra", NEEDED)
def test_a_missing_extra_is_named(extra, monkeypatch):
    module, use = NEEDED[extra]
    for name in ("SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET"):
        monkeypatch.setenv(name, "given")
    monkeypatch.delenv("MAXBOOSTER_SPOTIFY_TOKEN", raising=False)
    for name in [name for name in sys.modules if name == module or name.startswith(f"{module}.")]:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=rf"needs the extra '{extra}'; install it with: .*\[{extra}\]'"):
        use()
