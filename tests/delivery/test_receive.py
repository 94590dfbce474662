"""A store says of a damaged batch what is wrong with which file, and refuses it."""

import hashlib

import pytest

from maxbooster_kernel.delivery.deliver import deliver
from maxbooster_kernel.delivery.receive import receive_batch
from maxbooster_kernel.errors import DeliveryError

MESSAGE = "700000000009.xml"


@pytest.fixture
def batch(release, journal, tmp_path):
    """Return the folder of a batch that was delivered."""
    result = deliver(release, to=tmp_path / "store", journal=journal)
    return tmp_path / "store" / result.batch


def change(batch, name, edit, *, told):
    """Edit a file of a batch; with ``told`` what names its hash says the new one."""
    (file,) = batch.rglob(name)
    old = file.read_bytes()
    file.write_bytes(edit(old))
    if told:
        before, after = (hashlib.md5(data).hexdigest().encode() for data in (old, file.read_bytes()))
        for other in batch.rglob("*.xml"):
            if other != file and before in other.read_bytes():
                change(batch, other.name, lambda data: data.replace(before, after), told=True)


def codes(batch):
    (receipt,) = receive_batch(batch)
    assert not receipt.accepted
    return {problem.code for problem in receipt.problems if problem.severity in ("fatal", "error")}


@pytest.mark.parametrize(
    ("name", "edit", "told", "expected"),
    [
        (MESSAGE, lambda data: data + b"\n", False, {"message_hash"}),
        (MESSAGE, lambda data: data[:-20], True, {"xml"}),
        (MESSAGE, lambda data: data.replace(b"<MessageId>", b"<MessageId>Not"), True, {"message_id"}),
        (MESSAGE, lambda data: data.replace(b"009.jpg", b"gone.jpg"), True, {"resource_missing"}),
        (MESSAGE, lambda data: data.replace(b"resources/", b"../../"), True, {"resource_path"}),
        ("*001.flac", lambda data: data[:-500] + bytes(500), False, {"resource_hash"}),
        ("*001.flac", lambda data: data[: len(data) // 2], True, {"resource_damaged"}),
        ("*.jpg", lambda data: data[: len(data) // 2], True, {"resource_damaged"}),
        ("BatchComplete*", lambda data: data.replace(MESSAGE.encode(), b"other.xml"), False, {"message_missing"}),
        ("BatchComplete*", lambda data: data.replace(b"700000000009/", b"../"), False, {"manifest_path"}),
    ],
)
def test_what_is_damaged_is_named(batch, name, edit, told, expected):
    change(batch, name, edit, told=told)
    assert codes(batch) >= expected


def test_a_batch_without_its_manifest_is_not_complete(batch):
    change(batch, "BatchComplete*", lambda data: data[:40], told=False)
    with pytest.raises(
        DeliveryError,
        match=r"BatchComplete.*: expected well-formed XML|BatchComplete.*line 2: expected well-formed XML",
    ):
        receive_batch(batch)
    next(batch.glob("BatchComplete*")).unlink()
    with pytest.raises(DeliveryError, match=r"expected one BatchComplete\*\.xml, found 0; the batch is not complete"):
        receive_batch(batch)
