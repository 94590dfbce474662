"""Where each part of a message stands in ERN 4.3 and 4.3.2: parties listed once, then referred to."""

from __future__ import annotations

from maxbooster_kernel.ddex.mapping import C_LINE, HEADER, P_LINE
from maxbooster_kernel.ddex.node import Node, coded, group, text, texts

TITLES = (
    text("DisplayTitleText", "full_title", IsDefault="=true"),
    group("DisplayTitle", text("TitleText", "title"), text("SubTitle", "version"), IsDefault="=true"),
)
ARTIST_NAME = text("DisplayArtistName", "artist_name", IsDefault="=true")
ARTISTS = group(
    "DisplayArtist",
    text("ArtistPartyReference", "party"),
    coded("DisplayArtistRole", "roles"),
    each="artists",
    shared=True,
    SequenceNumber="sequence",
)
FILE = group(
    "File",
    text("URI", "uri"),
    group("HashSum", text("Algorithm", "=MD5"), text("HashSumValue", "md5")),
    text("FileSize", "size"),
)
PARTIES = group(
    "PartyList",
    group(
        "Party",
        text("PartyReference", "party"),
        group("PartyName", text("FullName", "name")),
        group(
            "PartyId",
            text("ISNI", "isni"),
            text("IpiNameNumber", "ipi"),
            Node("ProprietaryId", "value", "value", each="others", attributes=(("Namespace", "namespace"),)),
        ),
        each="parties",
    ),
)
IMAGE = group(
    "Image",
    text("ResourceReference", "resource"),
    text("Type", "=FrontCoverImage"),
    group("ResourceId", text("ProprietaryId", "proprietary", Namespace="^proprietary_namespace")),
    text("ParentalWarningType", "warning"),
    group(
        "TechnicalDetails",
        text("TechnicalResourceDetailsReference", "technical"),
        coded("ImageCodecType", "codec"),
        text("ImageHeight", "height"),
        text("ImageWidth", "width"),
        FILE,
        each="file",
    ),
    each="image",
)
DEALS = group(
    "ReleaseDeal",
    texts("DealReleaseReference", "references"),
    group(
        "Deal",
        group(
            "DealTerms",
            texts("TerritoryCode", "territories"),
            texts("ExcludedTerritoryCode", "excluded"),
            group(
                "ValidityPeriod",
                text("StartDate", "start_date"),
                text("EndDate", "end_date"),
                text("StartDateTime", "start_time"),
                text("EndDateTime", "end_time"),
            ),
            coded("CommercialModelType", "models"),
            coded("UseType", "uses"),
            group("RightsClaimPolicy", text("RightsClaimPolicyType", "policy")),
            group(
                "PriceInformation",
                text("PriceCode", "tier", Namespace="^proprietary_namespace"),
                text("WholesalePricePerUnit", "amount", CurrencyCode="currency"),
                each="price",
                PriceType="=StandardRetailPrice",
            ),
            text("IsPreOrderDeal", "pre_order"),
        ),
        each="deals",
    ),
    each="deals",
)


def message(*, genre: str, role: Node) -> Node:
    """Return the mapping of a version of ERN 4.3: its genre element and its contributors' role differ."""
    genres = group(genre, text("GenreText", "genre"), text("SubGenre", "subgenre"))
    label = text("ReleaseLabelReference", "label_party")
    recording = group(
        "SoundRecording",
        text("ResourceReference", "resource"),
        text("Type", "=MusicalWorkSoundRecording"),
        group(
            "SoundRecordingEdition",
            group("ResourceId", text("ISRC", "isrc")),
            P_LINE,
            group(
                "TechnicalDetails",
                text("TechnicalResourceDetailsReference", "technical"),
                group(
                    "DeliveryFile",
                    text("Type", "=AudioFile"),
                    coded("AudioCodecType", "codec"),
                    text("NumberOfChannels", "channels"),
                    text("SamplingRate", "sample_rate", UnitOfMeasure="=Hz"),
                    text("BitsPerSample", "bits"),
                    FILE,
                ),
                each="file",
            ),
        ),
        group("WorkId", text("ISWC", "iswc")),
        *TITLES,
        ARTIST_NAME,
        ARTISTS,
        group(
            "Contributor",
            text("ContributorPartyReference", "party"),
            role,
            each="contributors",
            SequenceNumber="sequence",
        ),
        group(
            "ResourceRightsController",
            text("RightsControllerPartyReference", "party"),
            coded("RightsControlType", "role"),
            text("RightSharePercentage", "percent"),
            text("RightShareUnknown", "unknown"),
            each="rights",
            SequenceNumber="sequence",
        ),
        group(
            "WorkRightsController",
            text("RightsControllerPartyReference", "party"),
            coded("RightsControlType", "role"),
            text("RightSharePercentage", "percent"),
            text("RightShareUnknown", "unknown"),
            each="works",
        ),
        text("Duration", "duration"),
        text("FirstPublicationDate", "date"),
        text("ParentalWarningType", "warning"),
        text("LanguageOfPerformance", "language"),
        each="tracks",
    )
    main = group(
        "Release",
        text("ReleaseReference", "=R0"),
        coded("ReleaseType", "type"),
        group(
            "ReleaseId",
            text("GRid", "grid"),
            text("ICPN", "upc"),
            text("CatalogNumber", "catalog_number", Namespace="^proprietary_namespace"),
        ),
        *TITLES,
        ARTIST_NAME,
        ARTISTS,
        label,
        P_LINE,
        C_LINE,
        genres,
        text("ReleaseDate", "date", IsDefault="=true"),
        text("OriginalReleaseDate", "original_date", IsDefault="=true"),
        text("ParentalWarningType", "warning"),
        text("IsMultiArtistCompilation", "compilation"),
        group(
            "ResourceGroup",
            group(
                "ResourceGroup",
                text("SequenceNumber", "sequence"),
                group(
                    "ResourceGroupContentItem",
                    text("SequenceNumber", "sequence"),
                    text("ReleaseResourceReference", "resource"),
                    each="tracks",
                ),
                each="discs",
                ResourceGroupType="=Component",
            ),
            Node(
                "LinkedReleaseResourceReference",
                "value",
                "resource",
                each="image",
                attributes=(("LinkDescription", "=CoverArt"),),
            ),
        ),
    )
    track = group(
        "TrackRelease",
        text("ReleaseReference", "release"),
        group("ReleaseId", text("ProprietaryId", "proprietary", Namespace="^proprietary_namespace")),
        text("ReleaseResourceReference", "resource"),
        label,
        genres,
        each="tracks",
    )
    return group(
        "NewReleaseMessage",
        HEADER,
        PARTIES,
        group("ResourceList", recording, IMAGE),
        group("ReleaseList", main, track),
        group("DealList", DEALS),
        ReleaseProfileVersionId="profile",
        AvsVersionId="version_id",
        LanguageAndScriptCode="language",
    )


MESSAGE_43 = message(genre="Genre", role=coded("Role", "roles"))
MESSAGE_432 = message(genre="DisplayGenre", role=group("Role", coded("Value", "self"), each="roles"))
PURGE = group(
    "PurgeReleaseMessage",
    HEADER,
    group(
        "PurgedRelease",
        group("ReleaseId", text("GRid", "grid"), text("ICPN", "upc")),
        group("Title", text("TitleText", "title"), text("SubTitle", "version"), TitleType="=FormalTitle"),
    ),
    AvsVersionId="version_id",
    LanguageAndScriptCode="language",
)
