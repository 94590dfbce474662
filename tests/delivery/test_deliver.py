"""A batch goes out once, manifest last, and a store takes it or says why not."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from maxbooster_kernel.ddex.choreography import read_acknowledgement, read_manifest
from maxbooster_kernel.delivery.deliver import deliver
from maxbooster_kernel.delivery.receive import receive_batch
from maxbooster_kernel.delivery.transport import FolderTransport, safe_path
from maxbooster_kernel.errors import DeliveryError
from maxbooster_kernel.workbench.release import Release

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def changed(release, **changes):
    return Release(replace(release.record, **changes), release.folder)


def files_of(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_batch_is_laid_out_as_the_choreography_says(release, journal, tmp_path):
    store = tmp_path / "store"
    result = deliver(release, store="sandbox", to=store, journal=journal, now=NOW)
    batch = result.batch
    assert files_of(store) == [
        f"{batch}/700000000009/700000000009.xml",
        f"{batch}/700000000009/resources/700000000009.jpg",
        f"{batch}/700000000009/resources/700000000009_01_001.flac",
        f"{batch}/700000000009/resources/700000000009_01_002.flac",
        f"{batch}/BatchComplete_{batch}.xml",
    ]
    assert result.state == "committed"
    assert result.sent[-1].endswith(f"BatchComplete_{batch}.xml")
    assert result.sent[-2].endswith("700000000009.xml")
    manifest = read_manifest((store / batch / f"BatchComplete_{batch}.xml").read_bytes())
    assert (manifest.batch, manifest.test, len(manifest.messages)) == (batch, True, 1)


def test_what_is_delivered_is_not_sent_again(release, journal, tmp_path):
    first = deliver(release, to=tmp_path / "store", journal=journal, now=NOW)
    second = deliver(release, to=tmp_path / "store", journal=journal)
    assert second.batch == first.batch
    assert second.sent == ()
    assert len(list((tmp_path / "store").iterdir())) == 1


def test_a_change_is_a_new_batch(release, journal, tmp_path):
    first = deliver(release, to=tmp_path / "store", journal=journal, now=NOW)
    second = deliver(changed(release, title="Day"), to=tmp_path / "store", journal=journal, now=NOW, action="update")
    assert second.batch != first.batch
    assert len(journal.entries(upc="700000000009")) == 2


def test_the_store_takes_it_and_acknowledges(release, journal, tmp_path, test_data, monkeypatch):
    monkeypatch.setenv("MAXBOOSTER_DDEX_SCHEMAS", str(test_data / "ddex/xsd"))
    for version in ("3.8.2", "4.3.2"):
        result = deliver(release, to=tmp_path / "store", journal=journal, now=NOW, version=version)
        (receipt,) = receive_batch(tmp_path / "store" / result.batch, now=NOW)
        assert receipt.accepted, [str(problem) for problem in receipt.problems]
        answer = read_acknowledgement(receipt.path.read_bytes())
        assert answer == receipt.acknowledgement
        assert (answer.codes, answer.batch) == (("FileOK",), result.batch)


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda folder: next(folder.rglob("*_001.flac")).unlink(), "ResourceMissing"),
        (lambda folder: next(folder.rglob("*_001.flac")).write_bytes(b"x"), "SignatureOrHashSumWrongOrMissing"),
        (lambda folder: next(folder.rglob("700000000009.xml")).unlink(), "ErnMissing"),
        (
            lambda folder: next(folder.rglob("700000000009.xml")).write_bytes(b"<a/>"),
            "SignatureOrHashSumWrongOrMissing",
        ),
    ],
)
def test_the_store_refuses_a_damaged_batch_and_says_why(release, journal, tmp_path, damage, code):
    result = deliver(release, to=tmp_path / "store", journal=journal, now=NOW)
    damage(tmp_path / "store" / result.batch)
    (receipt,) = receive_batch(tmp_path / "store" / result.batch, now=NOW)
    assert not receipt.accepted
    assert code in receipt.acknowledgement.codes
    assert receipt.acknowledgement.proposal in {"ResendXmlOnly", "ResendXmlAndResources"}


def test_a_batch_without_manifest_is_not_touched(release, journal, tmp_path):
    result = deliver(release, to=tmp_path / "store", journal=journal, now=NOW)
    next((tmp_path / "store").rglob("BatchComplete*")).unlink()
    with pytest.raises(DeliveryError, match="not complete"):
        receive_batch(tmp_path / "store" / result.batch)


class Killed(BaseException):
    """The process ends here."""


class Mortal(FolderTransport):
    """A folder whose process dies at the n-th step: before a file, in the middle of one, or after its rename."""

    def __init__(self, root, dies_at):
        super().__init__(root)
        self.left = dies_at
        self.stored = []

    def step(self):
        self.left -= 1
        if self.left < 0:
            raise Killed

    def store(self, file):
        self.step()
        target = self.root / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with file.open() as source:
            (target.parent / f".{target.name}.part").write_bytes(source.read(file.size // 2))
        self.step()
        super().store(file)
        self.stored.append(file.path)
        self.step()


@pytest.mark.parametrize("dies_at", range(16))
def test_killed_anywhere_it_ends_as_one_complete_batch(release, journal, tmp_path, dies_at):
    store = tmp_path / "store"
    line = Mortal(store, dies_at)
    try:
        deliver(release, to=store, journal=journal, transport=line, now=NOW)
        died = False
    except Killed:
        died = True
        manifests = list(store.rglob("BatchComplete*")) if store.exists() else []
        assert not manifests or len(line.stored) == 5
    again = Mortal(store, 1000)
    result = deliver(release, to=store, journal=journal, transport=again)
    assert result.state == "committed"
    assert len(list(store.rglob("BatchComplete*"))) == 1
    assert not list(store.rglob("*.part"))
    assert not set(line.stored) & set(again.stored)
    assert died == (dies_at < 15)
    (receipt,) = receive_batch(store / result.batch, now=NOW)
    assert receipt.accepted


def test_a_release_with_errors_is_not_sent(release, journal, tmp_path):
    bad = changed(release, upc="700000000001")
    with pytest.raises(DeliveryError, match="nothing was sent to The practice store: upc"):
        deliver(bad, to=tmp_path / "store", journal=journal)
    assert not (tmp_path / "store").exists()


def test_a_missing_file_is_not_sent(release, journal, tmp_path):
    shutil.rmtree(release.folder / "audio")
    with pytest.raises(DeliveryError, match="there is no file"):
        deliver(release, to=tmp_path / "store", journal=journal)


@pytest.mark.parametrize("path", ["/etc/passwd", "a/../../b", "a//b", "..", "a\\b", "a/\0"])
def test_a_path_out_of_the_batch_is_refused(path):
    with pytest.raises(DeliveryError):
        safe_path(path)


def test_events_cannot_be_changed(release, journal, tmp_path):
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    deliver(release, to=tmp_path / "store", journal=journal, now=NOW)
    with pytest.raises(SQLAlchemyError, match="append-only"), journal.engine.begin() as connection:
        connection.execute(text("UPDATE delivery_events SET event = 'x'"))
    (entry,) = journal.entries()
    assert [event["event"] for event in journal.events(entry)] == [
        "packaged",
        "uploading",
        *["sent"] * 5,
        "committed",
    ]
