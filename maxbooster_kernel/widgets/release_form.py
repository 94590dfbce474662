"""The release form: a draft edited field by field, with what a check says of it beside each field.

The page sends what was typed and shows what comes back: the kernel alone judges.
The browser's half is ``widgets/src/release_form.ts``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Protocol

import traitlets

from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.release_file import dumps_release, read_release
from maxbooster_kernel.errors import MaxBoosterError, ReleaseError
from maxbooster_kernel.problems import Problem
from maxbooster_kernel.widgets.release_fields import form_view, with_text
from maxbooster_kernel.widgets.statements import need
from maxbooster_kernel.widgets.widget import Widget

BUNDLE = Path(__file__).parent / "static" / "release_form.js"


class Draft(Protocol):
    """What the form edits: :class:`maxbooster_kernel.workbench.release.Release`."""

    @property
    def record(self) -> ReleaseRecord:
        """The record."""

    @property
    def file(self) -> Path | None:
        """The RELEASE.json it was read from."""

    def check(self, store: str | None = None) -> Sequence[Problem]:
        """Return every finding."""

    def with_changes(self, **changes: Any) -> Draft:
        """Return the release with fields of its record replaced."""

    def to_json(self, path: str | os.PathLike[str]) -> Path:
        """Write RELEASE.json whole or not at all."""

    def _repr_html_(self) -> str: ...


class ReleaseForm(Widget):
    """Edit a draft release; :attr:`release` is the release as it stands.

    Parameters
    ----------
    release
        A :class:`~maxbooster_kernel.workbench.release.Release`; it stays as it is, each change makes another one.
    store
        A store whose wishes are checked too.

    Examples
    --------
    >>> import maxbooster_kernel as mb
    >>> form = mb.Release.from_dict({"title": "Night", "tracks": [{"title": "Dawn"}]}).form()
    >>> form.set("tracks[0].isrc", "USABC2600001")
    >>> form.release.tracks[0].isrc
    'USABC2600001'
    """

    _esm = BUNDLE if BUNDLE.is_file() else ""
    view = traitlets.Dict(read_only=True).tag(sync=True)
    stored = traitlets.Dict(read_only=True).tag(sync=True)

    def __init__(self, release: Draft, *, store: str | None = None) -> None:
        need(BUNDLE)
        super().__init__()
        self._store = store
        self._saved = release.record
        self._show(release)
        self.on_msg(self._receive)

    @property
    def release(self) -> Any:
        """The release as it stands, with every change that was taken."""
        return self._release

    def set(self, path: str, text: str) -> None:
        """Give a field of the form another text, such as ``set("label", "North Pier")``.

        Raises
        ------
        ReleaseError
            The record takes no such value; it keeps what it had.
        """
        record = with_text(self._release.record, path, text, earlier=self._saved)
        if record is not self._release.record:
            self._show(self._release.with_changes(**{one.name: getattr(record, one.name) for one in fields(record)}))

    def save(self) -> None:
        """Write the release to the RELEASE.json it was read from, whole or not at all.

        Raises
        ------
        ReleaseError
            The release was read from no file, or somebody else has changed the file since.
        """
        file = self._release.file
        if file is None:
            raise ReleaseError("the release was read from no file; write it: form.release.to_json(path)")
        if file.exists() and dumps_release(read_release(file)) != dumps_release(self._saved):
            raise ReleaseError(
                f"{file.name} was changed by others since it was read; nothing is written, read it again"
            )
        try:
            self._release.to_json(file)
        except OSError as error:
            raise ReleaseError(f"{file}: cannot be written ({error.strerror or error})") from None
        self._saved = self._release.record
        self._show(self._release)

    def _show(self, release: Draft) -> None:
        shown = form_view(release.record, release.check(self._store))
        self._release = release
        self.set_trait("view", shown)
        name = release.file.name if release.file else ""
        self.set_trait("stored", {"file": name, "changed": release.record != self._saved})

    def _receive(self, _: Any, message: Mapping[str, Any], __: list[Any]) -> None:
        kind, request = message.get("type"), message.get("request")
        try:
            if kind == "set":
                self.set(str(message.get("path")), str(message.get("text")))
            elif kind == "save":
                self.save()
            else:
                return
        except MaxBoosterError as error:
            self.send({"type": "refused", "request": request, "message": str(error)})
        else:
            self.send({"type": "taken", "request": request})

    def __repr__(self) -> str:
        return f"ReleaseForm({self._release.record.full_title!r}, {self.view['left'].lower()!r})"

    def _still(self) -> str:
        return self._release._repr_html_()
