"""Give out ISRCs and UPCs of one's own ranges, each once and never again.

Every number that was given out stays in the book (an SQL table of the catalogue's database), whatever becomes of it.
References: ISO 3901 (prefix, year, designation), GS1 General Specifications (company prefix, item reference).
"""

from __future__ import annotations

import os
import re

from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import SQLAlchemyError

from maxbooster_kernel.catalogue.models_delivery import GivenIdentifier
from maxbooster_kernel.catalogue.store_engine import open_engine
from maxbooster_kernel.errors import CatalogueError
from maxbooster_kernel.identifiers import gtin_check_digit, isrc_problem, normalise, upc_problem

_PREFIX = re.compile(r"[A-Z]{2}[A-Z0-9]{3}")


class Allocator:
    """The book of identifiers given out, in the catalogue's database; several processes may use it at once.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> book = Allocator.open(pathlib.Path(tempfile.mkdtemp()) / "catalogue.sqlite")
    >>> book.isrc("USABC", 2026), book.isrc("USABC", 2026), book.upc("7000000")
    ('USABC2600001', 'USABC2600002', '700000000009')
    >>> book.close()
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, place: str | os.PathLike[str] | None = None) -> Allocator:
        """Open the book in the catalogue's database at a URL or an SQLite path."""
        return cls(open_engine(place))

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def isrc(self, prefix: str, year: int, *, purpose: str = "") -> str:
        """Return the next free ISRC of a registrant's prefix (five characters) and a year of reference."""
        bare = normalise(prefix)
        if not _PREFIX.fullmatch(bare):
            raise CatalogueError(f'expected an ISRC prefix such as "USABC", got "{prefix}"')
        head = f"{bare}{year % 100:02d}"
        return self._next("isrc", [(head, 5, "")], 1, purpose)

    def upc(self, company: str, *, purpose: str = "") -> str:
        """Return the next free UPC-12 of a GS1 company prefix (6 to 10 digits)."""
        bare = normalise(company)
        if not bare.isdigit() or not bare.isascii() or not 6 <= len(bare) <= 10:
            raise CatalogueError(f'expected a GS1 company prefix of 6 to 10 digits, got "{company}"')
        return self._next("upc", [(bare, 11 - len(bare), "check")], 0, purpose)

    def take(self, kind: str, value: str, *, purpose: str = "") -> None:
        """Enter an identifier that was given out elsewhere, so that it is not given out here."""
        bare = normalise(value)
        if kind not in ("isrc", "upc"):
            raise CatalogueError(f'expected the kind isrc or upc, got "{kind}"')
        problem = isrc_problem(bare) if kind == "isrc" else upc_problem(bare)
        if problem:
            raise CatalogueError(f"{kind} {value}: {problem}")
        if not self._enter(kind, bare, purpose):
            raise CatalogueError(f"{kind} {bare} was given out before")

    def given(self, kind: str) -> list[str]:
        """Return every identifier of a kind that was given out, sorted."""
        with self.engine.connect() as connection:
            query = select(GivenIdentifier.value).where(GivenIdentifier.kind == kind)
            return sorted(row[0] for row in connection.execute(query))

    def _next(self, kind: str, ranges: list[tuple[str, int, str]], first: int, purpose: str) -> str:
        for head, digits, check in ranges:
            used = {value for value in self.given(kind) if value.startswith(head)}
            last = max((int(value[len(head) : len(head) + digits]) for value in used), default=first - 1)
            for number in range(last + 1, 10**digits):
                body = f"{head}{number:0{digits}d}"
                value = body + gtin_check_digit(body) if check else body
                if self._enter(kind, value, purpose):
                    return value
        raise CatalogueError(f"all {kind} numbers of {ranges[0][0]} are given out; take another prefix")

    def _enter(self, kind: str, value: str, purpose: str) -> bool:
        from sqlalchemy.exc import IntegrityError

        try:
            with self.engine.begin() as connection:
                connection.execute(insert(GivenIdentifier).values(kind=kind, value=value, purpose=purpose))
        except IntegrityError:
            return False
        except SQLAlchemyError as error:
            raise CatalogueError(f"the book of identifiers cannot be written: {error}") from None
        return True
