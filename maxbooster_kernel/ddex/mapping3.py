"""Where each part of a message stands in ERN 3.8: one composite a territory, parties by name."""

from __future__ import annotations

from maxbooster_kernel.ddex.mapping import C_LINE, HEADER, P_LINE
from maxbooster_kernel.ddex.node import Node, coded, group, text, texts

PARTY_NAME = group("PartyName", text("FullName", "name"))
TITLE = (text("TitleText", "title"), text("SubTitle", "version"))
TITLES = (group("Title", *TITLE, TitleType="=FormalTitle"), group("Title", *TITLE, TitleType="=DisplayTitle"))
PARTY_ID = Node("PartyId", "value", "value", each="ids", attributes=(("Namespace", "namespace"), ("IsISNI", "is_isni")))
ARTISTS = group(
    "DisplayArtist",
    PARTY_NAME,
    PARTY_ID,
    coded("ArtistRole", "roles"),
    each="artists",
    shared=True,
    SequenceNumber="sequence",
)
GENRE = group("Genre", text("GenreText", "genre"), text("SubGenre", "subgenre"))
FILE = group(
    "File",
    text("FileName", "name"),
    text("FilePath", "folder"),
    group("HashSum", text("HashSum", "md5"), text("HashSumAlgorithmType", "=MD5")),
)
SOUND_RECORDING = group(
    "SoundRecording",
    text("SoundRecordingType", "=MusicalWorkSoundRecording"),
    group("SoundRecordingId", text("ISRC", "isrc")),
    group("IndirectSoundRecordingId", text("ISWC", "iswc")),
    text("ResourceReference", "resource"),
    group("ReferenceTitle", *TITLE),
    text("LanguageOfPerformance", "language"),
    text("Duration", "duration"),
    group(
        "SoundRecordingDetailsByTerritory",
        text("TerritoryCode", "=Worldwide"),
        *TITLES,
        ARTISTS,
        group(
            "ResourceContributor",
            PARTY_NAME,
            PARTY_ID,
            coded("ResourceContributorRole", "roles"),
            each="performers",
            SequenceNumber="sequence",
        ),
        group(
            "IndirectResourceContributor",
            PARTY_NAME,
            PARTY_ID,
            coded("IndirectResourceContributorRole", "roles"),
            each="writers",
            SequenceNumber="sequence",
        ),
        text("LabelName", "label"),
        group(
            "RightsController",
            PARTY_NAME,
            coded("RightsControllerRole", "role"),
            text("RightSharePercentage", "percent"),
            text("RightShareUnknown", "unknown"),
            each="rights",
            SequenceNumber="sequence",
        ),
        text("ResourceReleaseDate", "date"),
        P_LINE,
        GENRE,
        text("ParentalWarningType", "warning"),
        group(
            "TechnicalSoundRecordingDetails",
            text("TechnicalResourceDetailsReference", "technical"),
            coded("AudioCodecType", "codec"),
            text("NumberOfChannels", "channels"),
            text("SamplingRate", "sample_rate", UnitOfMeasure="=Hz"),
            text("BitsPerSample", "bits"),
            text("IsPreview", "=false"),
            FILE,
            each="file",
        ),
    ),
    each="tracks",
)
IMAGE = group(
    "Image",
    text("ImageType", "=FrontCoverImage"),
    group("ImageId", text("ProprietaryId", "proprietary", Namespace="^proprietary_namespace")),
    text("ResourceReference", "resource"),
    group(
        "ImageDetailsByTerritory",
        text("TerritoryCode", "=Worldwide"),
        text("ParentalWarningType", "warning"),
        group(
            "TechnicalImageDetails",
            text("TechnicalResourceDetailsReference", "technical"),
            coded("ImageCodecType", "codec"),
            text("ImageHeight", "height"),
            text("ImageWidth", "width"),
            text("IsPreview", "=false"),
            FILE,
            each="file",
        ),
    ),
    each="image",
)
CONTENT_ITEM = (
    text("SequenceNumber", "sequence"),
    text("ResourceType", "=SoundRecording"),
    text("ReleaseResourceReference", "resource", ReleaseResourceType="=PrimaryResource"),
)
MAIN_RELEASE = group(
    "Release",
    group(
        "ReleaseId",
        text("GRid", "grid"),
        text("ICPN", "upc", IsEan="is_ean"),
        text("CatalogNumber", "catalog_number", Namespace="^proprietary_namespace"),
    ),
    text("ReleaseReference", "=R0"),
    group("ReferenceTitle", *TITLE),
    group(
        "ReleaseResourceReferenceList",
        Node(
            "ReleaseResourceReference",
            "value",
            "resource",
            each="tracks",
            attributes=(("ReleaseResourceType", "=PrimaryResource"),),
        ),
        Node(
            "ReleaseResourceReference",
            "value",
            "resource",
            each="image",
            attributes=(("ReleaseResourceType", "=SecondaryResource"),),
        ),
    ),
    coded("ReleaseType", "type"),
    group(
        "ReleaseDetailsByTerritory",
        text("TerritoryCode", "=Worldwide"),
        text("DisplayArtistName", "artist_name"),
        text("LabelName", "label"),
        *TITLES,
        ARTISTS,
        text("IsMultiArtistCompilation", "compilation"),
        text("ParentalWarningType", "warning"),
        group(
            "ResourceGroup",
            group(
                "ResourceGroup",
                group("Title", text("TitleText", "title"), TitleType="=GroupingTitle"),
                text("SequenceNumber", "sequence"),
                group("ResourceGroupContentItem", *CONTENT_ITEM, each="tracks"),
                each="discs",
            ),
            group(
                "ResourceGroupContentItem",
                text("ResourceType", "=Image"),
                text("ReleaseResourceReference", "resource", ReleaseResourceType="=SecondaryResource"),
                each="image",
            ),
        ),
        GENRE,
        text("ReleaseDate", "date"),
        text("OriginalReleaseDate", "original_date"),
    ),
    P_LINE,
    C_LINE,
    text("GlobalReleaseDate", "date"),
    text("GlobalOriginalReleaseDate", "original_date"),
    IsMainRelease="=true",
)
TRACK_RELEASE = group(
    "Release",
    group(
        "ReleaseId",
        text("ISRC", "isrc"),
        text("ProprietaryId", "proprietary", Namespace="^proprietary_namespace"),
    ),
    text("ReleaseReference", "release"),
    group("ReferenceTitle", *TITLE),
    group(
        "ReleaseResourceReferenceList",
        text("ReleaseResourceReference", "resource", ReleaseResourceType="=PrimaryResource"),
    ),
    text("ReleaseType", "=TrackRelease"),
    group(
        "ReleaseDetailsByTerritory",
        text("TerritoryCode", "=Worldwide"),
        text("DisplayArtistName", "artist_name"),
        text("LabelName", "label"),
        *TITLES,
        ARTISTS,
        text("ParentalWarningType", "warning"),
        group(
            "ResourceGroup",
            group(
                "ResourceGroupContentItem",
                text("SequenceNumber", "=1"),
                text("ResourceType", "=SoundRecording"),
                text("ReleaseResourceReference", "resource", ReleaseResourceType="=PrimaryResource"),
            ),
        ),
        GENRE,
        text("ReleaseDate", "date"),
    ),
    text("Duration", "duration"),
    P_LINE,
    C_LINE,
    text("GlobalReleaseDate", "date"),
    each="tracks",
)
DEAL_TERMS = group(
    "DealTerms",
    text("IsPreOrderDeal", "pre_order"),
    coded("CommercialModelType", "models"),
    group("Usage", coded("UseType", "uses")),
    texts("TerritoryCode", "territories"),
    texts("ExcludedTerritoryCode", "excluded"),
    group(
        "PriceInformation",
        text("PriceRangeType", "tier", Namespace="^proprietary_namespace"),
        text("WholesalePricePerUnit", "amount", CurrencyCode="currency"),
        each="price",
    ),
    group(
        "ValidityPeriod",
        text("StartDate", "start_date"),
        text("EndDate", "end_date"),
        text("StartDateTime", "start_time"),
        text("EndDateTime", "end_time"),
    ),
    text("PreOrderReleaseDate", "pre_order_date"),
    group("RightsClaimPolicy", text("RightsClaimPolicyType", "policy")),
)
DEALS = group(
    "ReleaseDeal",
    texts("DealReleaseReference", "references"),
    group("Deal", DEAL_TERMS, each="deals"),
    each="deals",
)
MESSAGE = group(
    "NewReleaseMessage",
    HEADER,
    group("ResourceList", SOUND_RECORDING, IMAGE),
    group("ReleaseList", MAIN_RELEASE, TRACK_RELEASE),
    group("DealList", DEALS),
    MessageSchemaVersionId="version_id",
    ReleaseProfileVersionId="profile",
    LanguageAndScriptCode="language",
)
PURGE = group(
    "PurgeReleaseMessage",
    HEADER,
    group(
        "PurgedRelease",
        group("ReleaseId", text("GRid", "grid"), text("ICPN", "upc", IsEan="is_ean")),
        group("Title", *TITLE, TitleType="=FormalTitle"),
    ),
    MessageSchemaVersionId="version_id",
    LanguageAndScriptCode="language",
)
