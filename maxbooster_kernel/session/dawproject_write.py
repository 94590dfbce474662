"""A session as the XML of a DAWproject file (open exchange format, version 1.0, MIT, Bitwig and PreSonus).

Stages become the format's built-in devices; automation becomes points with hold or linear segments; what the format
has no word for is listed by :func:`losses`. Gains are linear, times are seconds, pan is 0 to 1 as the format's
``normalized`` unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from maxbooster_kernel.problems import Problem
from maxbooster_kernel.session.dawproject_ids import xml_id
from maxbooster_kernel.session.dawproject_points import as_segments

VERSION = "1.0"
BAND_TYPES = {
    "highpass": "highPass",
    "lowpass": "lowPass",
    "bandpass": "bandPass",
    "highshelf": "highShelf",
    "lowshelf": "lowShelf",
    "peaking": "bell",
    "notch": "notch",
}
UNITS = {
    "frequency": "hertz",
    "Q": "linear",
    "threshold": "decibel",
    "knee": "decibel",
    "ratio": "linear",
    "attack": "seconds",
    "release": "seconds",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """Shape of one media file: channels, rate in Hz, length in seconds, and its path inside the archive."""

    channels: int
    sample_rate: int
    duration_s: float
    path: str


def project_xml(session: Mapping[str, Any], media: Mapping[str, Media], *, application_version: str) -> bytes:
    """Return ``project.xml`` for a normalised session; ``media`` holds every clip's file by its session path."""
    root = etree.Element("Project", version=VERSION)
    etree.SubElement(root, "Application", name="Max Booster", version=application_version)
    transport = etree.SubElement(root, "Transport")
    _real(transport, "Tempo", session["tempo_bpm"], "bpm", "tempo")
    beats, unit = session["time_signature"]
    etree.SubElement(transport, "TimeSignature", numerator=str(int(beats)), denominator=str(int(unit)))
    structure = etree.SubElement(root, "Structure")
    for track in session["tracks"]:
        _strip(structure, track, role="regular", content="audio")
    for bus in session["buses"]:
        _strip(structure, bus, role="effect", content="audio")
    _master(structure, session["master"])
    arrangement = etree.SubElement(root, "Arrangement", id="arrangement")
    lanes = etree.SubElement(arrangement, "Lanes", timeUnit="seconds", id="lanes")
    for track in session["tracks"]:
        lane = etree.SubElement(lanes, "Lanes", track=xml_id("track", track["id"]), id=xml_id("lanes", track["id"]))
        clips = etree.SubElement(lane, "Clips", id=xml_id("clips", track["id"]))
        for clip in track["clips"]:
            _clip(clips, clip, media[clip["media"]])
    ids = {element.get("id") for element in root.iter() if element.get("id")}
    for target, points in session["automation"].items():
        if points and parameter_id(target) in ids:
            _points(lanes, target, points)
    if session["markers"]:
        markers = etree.SubElement(arrangement, "Markers")
        for marker in session["markers"]:
            etree.SubElement(markers, "Marker", name=marker["name"], time=_number(marker["time_s"]))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def metadata_xml(session: Mapping[str, Any]) -> bytes:
    """Return ``metadata.xml``: the session's name and notes."""
    root = etree.Element("MetaData")
    etree.SubElement(root, "Title").text = session["name"]
    if session["notes"]:
        etree.SubElement(root, "Comment").text = session["notes"]
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def parameter_id(target: str) -> str:
    """Return the XML id of an automation target.

    >>> parameter_id("drums/eq/low/gain")
    'mb.drums.eq.low.gain'
    """
    return xml_id(*target.split("/"))


def losses(session: Mapping[str, Any]) -> list[Problem]:
    """Return what the exchange format has no word for, as warnings with their places."""
    return [
        Problem(code="not_in_format", severity="warning", where=where, message=message, fix="")
        for where, message in _losses(session)
    ]


def _losses(session: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for strip in [*session["tracks"], *session["buses"]]:
        place = strip["id"]
        for band in (strip["eq"] or {"bands": []})["bands"]:
            if band["type"] not in BAND_TYPES:
                yield f"{place}/eq/{band['id']}", f"DAWproject has no {band['type']} band; the band is left out"
        if (strip["compressor"] or {}).get("key"):
            yield f"{place}/compressor", "DAWproject has no sidechain key; the compressor is written without it"
    for strip in [*session["tracks"], *session["buses"], {**session["master"], "id": "master"}]:
        for insert in strip["inserts"]:
            for key, value in insert["params"].items():
                if isinstance(value, str):
                    yield f"{strip['id']}/inserts/{insert['id']}/{key}", "DAWproject has no text values; it is left out"
    for target, points in session["automation"].items():
        if any(point["curve"] not in ("set", "linear") for point in points):
            yield target, "exponential, target and value curves are written as short straight segments"
        if target.endswith("/detune"):
            yield target, "DAWproject's equaliser has no detune; its automation is left out"
    if session["comments"]:
        yield "comments", f"DAWproject has no comments; {len(session['comments'])} are left out"


def _strip(parent: etree._Element, strip: Mapping[str, Any], *, role: str, content: str) -> None:
    name = strip["id"]
    track = etree.SubElement(
        parent,
        "Track",
        contentType=content,
        loaded="true",
        id=xml_id("track", name),
        name=strip["name"],
        color=strip["color"],
    )
    channel = etree.SubElement(
        track,
        "Channel",
        audioChannels="2",
        role=role,
        solo=_bool(strip["solo"]),
        destination=xml_id("channel", strip["output"]),
        id=xml_id("channel", name),
    )
    devices = etree.SubElement(channel, "Devices")
    if strip["eq"] is not None:
        _equalizer(devices, name, strip["eq"])
    if strip["compressor"] is not None:
        _dynamics(devices, "Compressor", xml_id(name, "compressor"), strip["compressor"])
    _inserts(devices, name, strip["inserts"])
    etree.SubElement(channel, "Mute", value=_bool(strip["mute"]), id=xml_id(name, "mute"))
    _real(channel, "Pan", (strip["pan"] + 1) / 2, "normalized", xml_id(name, "pan"), low=0, high=1)
    if strip["sends"]:
        sends = etree.SubElement(channel, "Sends")
        for send in strip["sends"]:
            element = etree.SubElement(
                sends,
                "Send",
                destination=xml_id("channel", send["bus"]),
                type="pre" if send["pre_fader"] else "post",
                id=xml_id("send", name, send["bus"]),
            )
            _real(element, "Volume", send["gain"], "linear", xml_id(name, "sends", send["bus"], "gain"), low=0)
    _real(channel, "Volume", strip["gain"], "linear", xml_id(name, "gain"), low=0)


def _master(parent: etree._Element, master: Mapping[str, Any]) -> None:
    track = etree.SubElement(
        parent, "Track", contentType="audio", loaded="true", id=xml_id("track", "master"), name="Master"
    )
    channel = etree.SubElement(track, "Channel", audioChannels="2", role="master", id=xml_id("channel", "master"))
    devices = etree.SubElement(channel, "Devices")
    for stage, tag in (("compressor", "Compressor"), ("limiter", "Limiter")):
        if master[stage] is not None:
            _dynamics(devices, tag, xml_id("master", stage), master[stage])
    _inserts(devices, "master", master["inserts"])
    _real(channel, "Volume", master["gain"], "linear", xml_id("master", "gain"), low=0)


def _equalizer(devices: etree._Element, name: str, equalizer: Mapping[str, Any]) -> None:
    device = etree.SubElement(
        devices,
        "Equalizer",
        deviceName="Equalizer",
        deviceRole="audioFX",
        deviceVendor="Max Booster",
        id=xml_id(name, "eq"),
    )
    etree.SubElement(device, "Enabled", value=_bool(equalizer["enabled"]))
    for band in equalizer["bands"]:
        if band["type"] in BAND_TYPES:
            element = etree.SubElement(device, "Band", type=BAND_TYPES[band["type"]])
            place = xml_id(name, "eq", band["id"])
            _real(element, "Freq", band["frequency"], "hertz", f"{place}.frequency")
            _real(element, "Gain", band["gain"], "decibel", f"{place}.gain")
            if "Q" in band:
                _real(element, "Q", band["Q"], "linear", f"{place}.Q")


def _dynamics(devices: etree._Element, tag: str, place: str, stage: Mapping[str, Any]) -> None:
    device = etree.SubElement(devices, tag, deviceName=tag, deviceRole="audioFX", deviceVendor="Max Booster", id=place)
    extra = ("knee",) if tag == "Compressor" else ("knee", "ratio")
    parameters = etree.SubElement(device, "Parameters")
    for name in extra:
        _real(parameters, "RealParameter", stage[name], UNITS[name], f"{place}.{name}", label=name)
    etree.SubElement(device, "Enabled", value=_bool(stage["enabled"]))
    _real(device, "Attack", stage["attack"], "seconds", f"{place}.attack")
    if tag == "Compressor":
        etree.SubElement(device, "AutoMakeup", value="true")
        _real(device, "Ratio", stage["ratio"], "linear", f"{place}.ratio")
    _real(device, "Release", stage["release"], "seconds", f"{place}.release")
    _real(device, "Threshold", stage["threshold"], "decibel", f"{place}.threshold")


def _inserts(devices: etree._Element, name: str, inserts: Sequence[Mapping[str, Any]]) -> None:
    for insert in inserts:
        place = xml_id(name, "inserts", insert["id"])
        device = etree.SubElement(
            devices,
            "BuiltinDevice",
            deviceName=insert["type"],
            deviceRole="audioFX",
            deviceVendor="Max Booster",
            deviceID=f"maxbooster:{insert['type']}",
            name=insert["id"],
            id=place,
        )
        parameters = etree.SubElement(device, "Parameters")
        for key, value in insert["params"].items():
            if isinstance(value, bool):
                etree.SubElement(
                    parameters, "BoolParameter", name=key, value=_bool(value), id=f"{place}.{xml_id(key)[3:]}"
                )
            elif isinstance(value, int | float):
                _real(parameters, "RealParameter", value, "linear", f"{place}.{xml_id(key)[3:]}", label=key)
        etree.SubElement(device, "Enabled", value=_bool(insert["enabled"]))


def _clip(clips: etree._Element, clip: Mapping[str, Any], media: Media) -> None:
    duration = clip["duration_s"]
    if duration is None:
        duration = max(0.0, media.duration_s - clip["offset_s"])
    element = etree.SubElement(
        clips,
        "Clip",
        name=clip["id"],
        time=_number(clip["start_s"]),
        duration=_number(duration),
        contentTimeUnit="seconds",
        playStart=_number(clip["offset_s"]),
        fadeTimeUnit="seconds",
        fadeInTime=_number(clip["fade_in_s"]),
        fadeOutTime=_number(clip["fade_out_s"]),
    )
    content = element
    if clip["gain"] != 1.0:
        content = etree.SubElement(element, "Lanes", timeUnit="seconds")
    audio = etree.SubElement(
        content,
        "Audio",
        channels=str(media.channels),
        sampleRate=str(media.sample_rate),
        duration=_number(media.duration_s),
    )
    etree.SubElement(audio, "File", path=media.path)
    if content is not element:
        points = etree.SubElement(content, "Points", unit="linear")
        etree.SubElement(points, "Target", expression="gain")
        etree.SubElement(points, "RealPoint", time="0", value=_number(clip["gain"]), interpolation="hold")


def _points(lanes: etree._Element, target: str, points: Sequence[Mapping[str, Any]]) -> None:
    last = target.rsplit("/", 1)[-1]
    unit = "normalized" if last == "pan" else UNITS.get(last, "decibel" if "/eq/" in target else "linear")
    element = etree.SubElement(lanes, "Points", timeUnit="seconds", unit=unit, id="points." + parameter_id(target))
    etree.SubElement(element, "Target", parameter=parameter_id(target))
    for time_s, value, interpolation in as_segments(points):
        shown = (value + 1) / 2 if last == "pan" else value
        etree.SubElement(element, "RealPoint", time=_number(time_s), value=_number(shown), interpolation=interpolation)


def _real(
    parent: etree._Element,
    tag: str,
    value: float,
    unit: str,
    identifier: str,
    *,
    low: float | None = None,
    high: float | None = None,
    label: str | None = None,
) -> None:
    element = etree.SubElement(parent, tag, unit=unit, value=_number(value), id=identifier)
    for attribute, bound in (("min", low), ("max", high)):
        if bound is not None:
            element.set(attribute, _number(bound))
    if label is not None:
        element.set("name", label)


def _number(value: float) -> str:
    return repr(float(value)).removesuffix(".0")


def _bool(value: object) -> str:
    return "true" if value else "false"
