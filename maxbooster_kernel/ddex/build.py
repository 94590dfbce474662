"""A release record as the view of a message: references given out, codes looked up, fallbacks filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

from maxbooster_kernel.catalogue.deal import Deal
from maxbooster_kernel.catalogue.normal import in_normal_form
from maxbooster_kernel.catalogue.party import Artist, ArtistIds, Contributor
from maxbooster_kernel.catalogue.release import ReleaseRecord, display_name
from maxbooster_kernel.catalogue.share import PUBLISHER_ROLES, PublishingShare, RightsShare
from maxbooster_kernel.catalogue.territory import WORLDWIDE
from maxbooster_kernel.catalogue.track import RightsLine, Track
from maxbooster_kernel.ddex.codes import Codes
from maxbooster_kernel.ddex.duration import format_duration
from maxbooster_kernel.ddex.media import AUDIO_CODECS, IMAGE_CODECS, MediaFacts, codec_of_name
from maxbooster_kernel.ddex.parties import PartyBook, id_views
from maxbooster_kernel.ddex.versions import Version
from maxbooster_kernel.ddex.view import (
    Coded,
    CreditView,
    DealView,
    DiscView,
    FileView,
    ImageView,
    LineView,
    MessageView,
    PriceView,
    ReleaseDealView,
    ShareView,
    TrackView,
)

AVS_VERSION = "9"


def build_view(
    release: ReleaseRecord, version: Version, *, message_id: str, created: datetime, media: Mapping[str, MediaFacts]
) -> MessageView:
    """Return what a message of this release says.

    Parameters
    ----------
    release
        A record without fatal or error problems.
    version
        The version to write.
    message_id, created
        The message's own id and time; both come from the caller, so that bytes are reproducible.
    media
        Measured facts by the record's file names; files that are not there are described by name alone.
    """
    return _Builder(in_normal_form(release, texts=False), version, media).message(message_id, created)


@lru_cache(maxsize=64)
def _codes(version: Version, namespace: str) -> Codes:
    return Codes(version.rules(), namespace)


class _Builder:
    def __init__(self, release: ReleaseRecord, version: Version, media: Mapping[str, MediaFacts]) -> None:
        self.release = release
        self.version = version
        self.media = media
        self.four = version.generation == 4
        self.sender = release.sender.dpid if release.sender else ""
        self.codes = _codes(version, f"DPID:{self.sender}")
        self.parties = PartyBook()
        self.upc = release.upc or ""
        self.date = release.release_date
        self._credited: dict[tuple[Artist, ...], list[CreditView]] = {}
        self._lines: dict[RightsLine, LineView] = {}

    def message(self, message_id: str, created: datetime) -> MessageView:
        release = self.release
        tracks = [self.track(track, index) for index, track in enumerate(release.tracks)]
        self.number_discs(tracks)
        sender, recipient = release.sender, release.recipient
        kind = "AudioSingle" if release.type == "Single" else "AudioAlbum"
        artists = self.artists(release.artists)
        label_party = self.party(release.label)
        return MessageView(
            namespace=self.version.namespace,
            version_id=AVS_VERSION if self.four else f"ern/{self.version.key}",
            language=release.language or "en",
            profile="Audio" if self.four else f"CommonReleaseTypes/14/{kind}",
            message_id=message_id,
            thread_id=self.upc,
            created=created.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            control="TestMessage" if release.test else "LiveMessage",
            sender_id=self.sender,
            sender_name=(sender.name or None) if sender else None,
            recipient_id=recipient.dpid if recipient else "",
            recipient_name=(recipient.name or None) if recipient else None,
            proprietary_namespace=f"DPID:{self.sender}",
            upc=self.upc,
            is_ean="false" if len(self.upc) == 12 else "true",
            grid=release.grid,
            catalog_number=release.catalog_number,
            title=release.title,
            version=release.version,
            full_title=release.full_title,
            type=self.codes.one(release.type, "ReleaseType_ERN4" if self.four else "ReleaseType"),
            artist_name=display_name(release.artists),
            artists=artists,
            compilation=None if release.compilation is None else str(release.compilation).lower(),
            label=release.label,
            label_party=label_party,
            genre=release.genre,
            subgenre=release.subgenre,
            warning=self.warning(release.explicit),
            date=release.release_date,
            original_date=release.original_release_date,
            p_line=self.line(release.p_line),
            c_line=self.line(release.c_line),
            tracks=tracks,
            discs=self.disc_views(tracks),
            image=self.image(len(tracks) + 1),
            parties=self.parties.views,
            deals=self.deals(),
        )

    def track(self, track: Track, index: int) -> TrackView:
        release, number = self.release, str(index + 1)
        performers, writers, contributors = self.credits(track)
        return TrackView(
            resource="A" + number,
            release="R" + number,
            sequence="",
            isrc=track.isrc or "",
            iswc=track.iswc,
            proprietary=f"{self.upc}_{track.isrc}",
            title=track.title,
            version=track.version,
            full_title=track.full_title,
            artist_name=display_name(track.artists),
            artists=self.artists(track.artists),
            performers=performers,
            writers=writers,
            contributors=contributors,
            language=self.codes.language(track.language),
            duration=format_duration(track.duration_s or 0.0),
            label=release.label,
            label_party=self.party(release.label),
            rights=[self.share(share, place) for place, share in enumerate(track.rights, start=1)],
            works=[self.share(share, 0) for share in track.publishing] if self.four else [],
            date=self.date,
            p_line=self.line(track.p_line or release.p_line),
            c_line=self.line(release.c_line),
            genre=track.genre or release.genre,
            subgenre=release.subgenre if track.genre in (None, release.genre) else None,
            warning=self.warning(track.explicit),
            file=self.file(track.file, "T" + number, AUDIO_CODECS, "AudioCodecType"),
        )

    def number_discs(self, tracks: list[TrackView]) -> None:
        """Give every track its place on its disc, from 1."""
        count: dict[int, int] = {}
        for track, view in zip(self.release.tracks, tracks, strict=True):
            count[track.disc] = count.get(track.disc, 0) + 1
            view.sequence = str(count[track.disc])

    def disc_views(self, tracks: list[TrackView]) -> list[DiscView]:
        discs: dict[int, DiscView] = {}
        for track, view in zip(self.release.tracks, tracks, strict=True):
            disc = discs.get(track.disc)
            if disc is None:
                place = str(len(discs) + 1)
                disc = discs[track.disc] = DiscView(sequence=place, title=f"Component {place}", tracks=[])
            disc.tracks.append(view)
        return list(discs.values())

    def artists(self, artists: tuple[Artist, ...]) -> list[CreditView]:
        found = self._credited.get(artists)
        if found is None:
            kind = "DisplayArtistRole" if self.four else "ArtistRole"
            found = self._credited[artists] = [
                self.credit(place, artist.name, artist.ids, [self.codes.one(artist.role, kind)])
                for place, artist in enumerate(artists, start=1)
            ]
        return found

    def line(self, line: RightsLine | None) -> LineView | None:
        if line is None or not line.text:
            return None
        found = self._lines.get(line)
        if found is None:
            year = None if line.year is None else f"{line.year:04d}"
            found = self._lines[line] = LineView(year, line.text)
        return found

    def credits(self, track: Track) -> tuple[list[CreditView], list[CreditView], list[CreditView]]:
        """Return contributors to the recording, to the work, and (for ERN 4) all of them."""
        everyone = list(track.contributors)
        publishers = [share for share in track.publishing if share.role in PUBLISHER_ROLES]
        everyone += [Contributor(name=share.party, roles=(share.role,)) for share in publishers]
        if self.four:
            return [], [], self.all_contributors(everyone)
        performers: list[CreditView] = []
        writers: list[CreditView] = []
        for place, person in enumerate(everyone, start=1):
            work = [role for role in person.roles if self.codes.is_writer(role)]
            rest = self.coded_roles(role for role in person.roles if not self.codes.is_writer(role))
            if work:
                roles = [Coded(role) for role in work]
                writers.append(self.credit(place, person.name, person.ids, roles))
            if rest or not work:
                performers.append(self.credit(place, person.name, person.ids, rest))
        return performers, writers, []

    def all_contributors(self, everyone: list[Contributor]) -> list[CreditView]:
        """Return one credit for every person, with all roles of that person."""
        merged: dict[tuple[str, ArtistIds], list[str]] = {}
        for person in everyone:
            roles = merged.setdefault((person.name, person.ids), [])
            roles += [role for role in person.roles if role not in roles]
        return [
            self.credit(place, name, ids, self.coded_roles(roles))
            for place, ((name, ids), roles) in enumerate(merged.items(), start=1)
        ]

    def coded_roles(self, roles: Iterable[str]) -> list[Coded]:
        """Return roles as the version calls them, in the order of those names: versions name some differently."""
        return sorted((self.codes.contributor(role) for role in roles), key=_name_of)

    def credit(self, place: int, name: str, ids: ArtistIds, roles: list[Coded]) -> CreditView:
        if self.four:
            return CreditView(str(place), name, self.party(name, ids), None, roles)
        return CreditView(str(place), name, None, id_views(ids), roles)

    def share(self, share: RightsShare | PublishingShare, place: int) -> ShareView:
        role = share.role if isinstance(share, RightsShare) else "RightsController"
        percent = None if share.share is None else format(share.share, "f")
        unknown = "true" if share.share is None else None
        return ShareView(
            str(place),
            share.party,
            self.party(share.party),
            self.codes.listed(role, "RightsControllerRole", "RightsController"),
            percent,
            unknown,
        )

    def party(self, name: str, ids: ArtistIds | None = None) -> str | None:
        return self.parties.reference(name, ids) if self.four else None

    def warning(self, explicit: str | None) -> str | None:
        if explicit is None and self.version.name == "4.3":
            return "Unknown"
        return explicit

    def image(self, number: int) -> ImageView | None:
        cover = self.file(self.release.cover, f"T{number}", IMAGE_CODECS, "ImageCodecType")
        if cover is None:
            return None
        warning = self.release.explicit if self.release.explicit in ("Explicit", "NotExplicit") else None
        return ImageView(f"A{number}", f"{self.upc}_IMG", warning, cover)

    def file(self, name: str | None, reference: str, codecs: dict[str, str], kind: str) -> FileView | None:
        if not name:
            return None
        facts = self.media.get(name) or MediaFacts()
        folder, slash, base = name.rpartition("/")
        codec = facts.codec or codec_of_name(name, codecs)
        return FileView(
            technical=reference,
            name=base,
            folder=folder + slash or None,
            uri=name,
            codec=None if codec is None else self.codes.one(codec, kind),
            channels=_digits(facts.channels),
            sample_rate=_digits(facts.sample_rate),
            bits=_digits(facts.bit_depth),
            width=_digits(facts.width),
            height=_digits(facts.height),
            size=_digits(facts.size),
            md5=facts.md5,
        )

    def deals(self) -> list[ReleaseDealView]:
        views: list[ReleaseDealView] = []
        places = {track.isrc: f"R{index}" for index, track in enumerate(self.release.tracks, start=1)}
        everything = ["R0", *places.values()]
        for deal in self.release.deals:
            references = everything if deal.tracks is None else [places[isrc] for isrc in deal.tracks if isrc in places]
            if not references:
                continue
            if not views or views[-1].references != references:
                views.append(ReleaseDealView(references=references, deals=[]))
            views[-1].deals.append(self.deal(deal))
        return views

    def deal(self, deal: Deal) -> DealView:
        start, end = deal.start or self.date, deal.end
        timed = "T" in (start or "") or "T" in (end or "")
        if timed:
            start = start if start is None or "T" in start else f"{start}T00:00:00"
            end = end if end is None or "T" in end else f"{end}T23:59:59"
        price = deal.price
        models, uses = ("CommercialModelType_ERN", "UseType_ERN") if self.four else ("CommercialModelType", "UseType")
        excluded = deal.excluded_territories
        return DealView(
            models=[self.codes.one(deal.commercial_model, models)],
            uses=[self.codes.one(use, uses) for use in deal.use_types],
            territories=[] if excluded else list(deal.territories or (WORLDWIDE,)),
            excluded=list(excluded),
            start_date=None if timed else start,
            end_date=None if timed else end,
            start_time=start if timed else None,
            end_time=end if timed else None,
            price=None
            if price is None
            else PriceView(
                price.tier, None if price.amount is None else format(price.amount, "f"), price.currency or "USD"
            ),
            pre_order="true" if deal.pre_order else None,
            pre_order_date=self.date if deal.pre_order and not self.four else None,
            policy=deal.rights_claim_policy,
        )


def _name_of(role: Coded) -> str:
    return role.user or role.value


def _digits(value: int | None) -> str | None:
    return None if value is None else str(value)
