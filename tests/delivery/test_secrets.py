"""Secrets come from the environment or the keyring, and are to be found nowhere afterwards."""

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked

from maxbooster_kernel.cli.main import run
from maxbooster_kernel.delivery.secret import SERVICE, secret

WORD = "correct-horse-battery-staple"


class Book(KeyringBackend):
    """A keyring in memory; locked where it has no words."""

    priority = 1

    def __init__(self, words):
        super().__init__()
        self.words = words

    def get_password(self, service, username):
        if self.words is None:
            raise KeyringLocked("locked")
        return self.words.get((service, username))

    def set_password(self, service, username, password):
        self.words[service, username] = password

    def delete_password(self, service, username):
        del self.words[service, username]


@pytest.fixture
def own_keyring(monkeypatch):
    before = keyring.get_keyring()
    monkeypatch.delenv("MAXBOOSTER_SFTP_PASSWORD", raising=False)
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_the_environment_wins_over_the_keyring(own_keyring, monkeypatch):
    own_keyring(Book({(SERVICE, "MAXBOOSTER_SFTP_PASSWORD"): WORD}))
    assert secret("MAXBOOSTER_SFTP_PASSWORD") == WORD
    monkeypatch.setenv("MAXBOOSTER_SFTP_PASSWORD", "other")
    assert secret("MAXBOOSTER_SFTP_PASSWORD") == "other"
    own_keyring(Book(None))
    assert secret("MAXBOOSTER_HTTP_TOKEN") is None


@pytest.mark.server
def test_a_password_of_the_keyring_delivers_and_is_found_nowhere(
    own_keyring, release, sftp, tmp_path, monkeypatch, capfd, caplog
):
    caplog.set_level("DEBUG")
    own_keyring(Book({(SERVICE, "MAXBOOSTER_SFTP_PASSWORD"): "secret"}))
    sftp.faults.plan(None)
    monkeypatch.setenv("MAXBOOSTER_SFTP_KNOWN_HOSTS", str(sftp.known_hosts(tmp_path / "known_hosts")))
    to = f"sftp://ada@127.0.0.1:{sftp.port}/keyring"
    file = str(release.folder / "RELEASE.json")
    assert run(["deliver", file, "--to", to, "--json"]) == 0
    own_keyring(Book({(SERVICE, "MAXBOOSTER_SFTP_PASSWORD"): WORD}))
    assert run(["deliver", file, "--to", f"{to}2"]) == 1  # a wrong one: the error must not repeat it
    shown = capfd.readouterr()
    assert "login refused" in shown.err
    places = [path for folder in (tmp_path, sftp.folder / "keyring") for path in folder.rglob("*") if path.is_file()]
    texts = [shown.out, shown.err, caplog.text, *(path.read_bytes().decode("latin1") for path in places)]
    assert len(places) > 8
    assert not [text[:80] for text in texts if WORD in text]
    assert "secret" not in shown.out + shown.err


def test_a_password_in_the_url_is_refused(release, capsys):
    file = str(release.folder / "RELEASE.json")
    assert run(["deliver", file, "--to", f"sftp://ada:{WORD}@127.0.0.1/x"]) == 1
    assert WORD not in capsys.readouterr().err
