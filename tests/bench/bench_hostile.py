"""Measure how fast and in how little memory hostile input is refused: XML, archives of schemas, pictures, file names.

Run: ``python tests/bench/bench_hostile.py``. Each input is judged in a process of its own; the time is that of the
refusal alone, the memory its peak on top of what the program held before.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

XSD = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://ddex.net/xml/ern/999"/>'
LAUGHS = b"<!DOCTYPE l [<!ENTITY a 'ha'>" + b"".join(
    b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
)
WORK = """
import json, resource, sys, time
from pathlib import Path
from maxbooster_kernel.catalogue.cover import read_cover
from maxbooster_kernel.catalogue.paths import unsafe_path
from maxbooster_kernel.ddex.parse import read_xml
from maxbooster_kernel.ddex.schema_import import import_schemas
from maxbooster_kernel.errors import MaxBoosterError
import PIL.Image, PIL.PngImagePlugin, PIL.TiffImagePlugin, PIL.JpegImagePlugin
file, harmless, store = map(Path, sys.argv[1:4])
read_xml(harmless)
def peak():
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024
def judge():
    if file.suffix == ".zip":
        import_schemas(file, store=store)
    elif file.suffix == ".name":
        if problem := unsafe_path(file.read_text()):
            raise MaxBoosterError(problem)
    elif file.suffix == ".xml":
        read_xml(file)
    else:
        read_cover(file)
before, start = peak(), time.perf_counter()
try:
    judge()
    refused = False
except MaxBoosterError:
    refused = True
print(json.dumps([refused, (time.perf_counter() - start) * 1e3, peak() - before, store.exists()]))
"""


def png(width: int, height: int) -> bytes:
    """Return a PNG that unpacks to ``width`` x ``height`` white pixels from few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = b"\0" + b"\xff" * (3 * width)
    packed = b"".join(packer.compress(row) for _ in range(min(height, 400))) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def hostile(folder: Path) -> list[Path]:
    """Write the inputs; return their files."""
    xml = {
        "entities": LAUGHS + b"]><l>&j;</l>",
        "external entity": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        "remote dtd": b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1/x.dtd"> %p;]><a/>',
        "doctype": b"<!DOCTYPE a><a/>",
        "late doctype": b"<?xml version='1.0'?>\n<!-- " + b"c" * 7_000_000 + b" -->\n<!DOCTYPE a SYSTEM 'x'><a/>",
        "utf-16 doctype": "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE a><a/>".encode("utf-16"),
        "xinclude": b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd" parse="text"/></a>',
        "depth": b"<a>" * 100_000 + b"</a>" * 100_000,
        "many elements": b"<a>" + b"<b/>" * 2_000_000 + b"</a>",
        "100 MB text": b"<a>" + b"x" * (100 << 20) + b"</a>",
        "undefined entity": b"<a>&x;</a>",
        "garbage": bytes(range(256)) * 4096,
    }
    files = []
    for name, data in xml.items():
        files.append(folder / f"{name}.xml")
        files[-1].write_bytes(data)
    slips = ("../evil.xsd", "/etc/evil.xsd", "a/../../evil.xsd", "..\\evil.xsd", "C:/evil.xsd")
    for number, name in enumerate(slips):
        files.append(folder / f"slip {number}.zip")
        with zipfile.ZipFile(files[-1], "w") as archive:
            archive.writestr("ern/999/good.xsd", XSD)
            archive.writestr(name, XSD)
    files.append(folder / "bomb.zip")
    with zipfile.ZipFile(files[-1], "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xsd", b"\0" * (31 << 20))
    files.append(folder / "link.zip")
    with zipfile.ZipFile(files[-1], "w") as archive:
        info = zipfile.ZipInfo("a.xsd")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    for width, height in ((8001, 8001), (60_000, 60_000), (1_000_000, 200)):
        files.append(folder / f"{width}x{height}.png")
        files[-1].write_bytes(png(width, height))
    for number, name in enumerate(("../a.flac", "/etc/passwd", "a/../../b", "..\\b", "C:\\b", "a\0b")):
        files.append(folder / f"path {number}.name")
        files[-1].write_text(name)
    return files


def main() -> None:
    """Print each refusal and the worst of all."""
    worst_ms = worst_mb = 0.0
    taken = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "harmless").write_bytes(b"<a/>")
        files = hostile(folder)
        for file in files:
            command = [sys.executable, "-c", WORK, str(file), str(folder / "harmless"), str(folder / "store")]
            made = subprocess.run(command, capture_output=True, text=True, check=False)
            refused, ms, mb, written = json.loads(made.stdout or "[false, 0, 0, true]")
            print(f"{file.name:24s} {'refused' if refused else 'TAKEN'} {ms:8.2f} ms {mb:7.1f} MB {made.stderr[-200:]}")
            taken += [file.name] if not refused or written else []
            worst_ms, worst_mb = max(worst_ms, ms), max(worst_mb, mb)
    print(f"{len(files) - len(taken)} of {len(files)} refused, at most {worst_ms:.0f} ms and {worst_mb:.0f} MB")


if __name__ == "__main__":
    main()
