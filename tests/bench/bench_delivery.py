"""Time a delivery to a folder and over SFTP on loopback, against a plain copy and a plain asyncssh put.

Run: ``python tests/bench/bench_delivery.py [--megabytes 32]``. Deliveries verify every file by reading it back.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import shutil
import tempfile
import threading
import time
from pathlib import Path

import asyncssh

from maxbooster_kernel.delivery.package import PackageFile
from maxbooster_kernel.delivery.sandbox import SandboxStore
from maxbooster_kernel.delivery.sandbox_server import serve
from maxbooster_kernel.delivery.sftp import SftpTransport
from maxbooster_kernel.delivery.transport import FolderTransport


def main(megabytes: int) -> None:
    """Print seconds and ratios."""
    place = Path(tempfile.mkdtemp())
    source = place / "a.bin"
    data = os.urandom(megabytes << 20)
    source.write_bytes(data)
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()

    def file(name: str) -> PackageFile:
        return PackageFile(path=name, size=len(data), md5=digest, source=source)

    start = time.perf_counter()
    shutil.copyfile(source, place / "copy.bin")
    copied = time.perf_counter() - start
    start = time.perf_counter()
    FolderTransport(place / "store").store(file("x/a.bin"))
    stored = time.perf_counter() - start
    print(f"folder, {megabytes} MB: {stored:.2f} s with fsync and read-back, plain copy {copied:.2f} s")

    store = SandboxStore(place / "sandbox")
    loop, stop, ready, found = asyncio.new_event_loop(), asyncio.Event(), threading.Event(), {}

    def on_ready(port: int, word: str) -> None:
        found["port"], os.environ["MAXBOOSTER_SFTP_PASSWORD"] = port, word
        ready.set()

    work = serve(store, ready=on_ready, answered=print, until=stop, every_s=5.0)
    thread = threading.Thread(target=loop.run_until_complete, args=(work,), daemon=True)
    thread.start()
    ready.wait()
    known = store.folder / "known_hosts"
    line = SftpTransport(f"sftp://supplier@127.0.0.1:{found['port']}/", known_hosts=known)
    start = time.perf_counter()
    line.store(file("x/a.bin"))
    sent = time.perf_counter() - start
    line.close()

    async def plain() -> float:
        options = {
            "username": "supplier",
            "password": os.environ["MAXBOOSTER_SFTP_PASSWORD"],
            "known_hosts": str(known),
        }
        async with asyncssh.connect("127.0.0.1", found["port"], **options) as ssh, ssh.start_sftp_client() as client:
            begin = time.perf_counter()
            await client.put(str(source), "plain.bin")
            return time.perf_counter() - begin

    put = asyncio.run(plain())
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    print(f"SFTP, {megabytes} MB: {sent:.2f} s with read-back ({megabytes / sent:.0f} MB/s), plain put {put:.2f} s")
    shutil.rmtree(place)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=32)
    main(parser.parse_args().megabytes)
