"""The XML of a DAWproject file as session data; what a session has no word for comes back as problems.

Times in beats are converted with the project's tempo; a tempo that changes is said and its first value used.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from maxbooster_kernel.errors import SessionError
from maxbooster_kernel.problems import Problem
from maxbooster_kernel.session.dawproject_ids import path_of, slug, take
from maxbooster_kernel.session.dawproject_points import Segment, as_points
from maxbooster_kernel.session.dawproject_write import BAND_TYPES

BAND_NAMES = {theirs: ours for ours, theirs in BAND_TYPES.items()}
CLIP_GAIN = "gain"
MOST_STRIPS = 4096


@dataclass(kw_only=True)
class Project:
    """What is being read: the tempo, the ids given so far, the targets by XML id, and what could not be kept."""

    seconds_per_beat: float
    strips: dict[str, str] = field(default_factory=dict)  # XML id of a track or channel -> session id
    targets: dict[str, str] = field(default_factory=dict)  # XML id of a parameter -> automation target
    taken: dict[str, int] = field(default_factory=dict)  # ids of strips (see ``slug``)
    clips: dict[str, dict[str, int]] = field(default_factory=dict)  # ids of clips by track
    problems: list[Problem] = field(default_factory=list)

    def lost(self, where: str, message: str) -> None:
        """Note something a session has no word for."""
        self.problems.append(Problem(code="not_in_session", severity="warning", where=where, message=message))


def parse(data: bytes, what: str) -> etree._Element:
    """Return the root of an XML file from outside; entities, document types and huge trees are refused."""
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise SessionError(f"{what}: expected well-formed XML, got: {error.msg}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise SessionError(f"{what}: expected no document type declaration; the file is refused")
    return root


def read_project(root: etree._Element) -> tuple[dict[str, Any], list[Problem]]:
    """Return session data (defaults not filled in) and what could not be kept; media paths are the archive's."""
    if root.tag != "Project":
        raise SessionError(f"project.xml: expected the element Project, got {root.tag}; is it a DAWproject file?")
    tempo = _value(root.find("Transport/Tempo"), 120.0)
    if not 1.0 <= tempo <= 1000.0:
        raise SessionError(f"project.xml: Transport/Tempo: expected 1 to 1000 bpm, got {tempo}")
    project = Project(seconds_per_beat=60.0 / tempo)
    session: dict[str, Any] = {"format": "maxbooster-session", "version": 1, "tempo_bpm": tempo}
    signature = root.find("Transport/TimeSignature")
    if signature is not None:
        session["time_signature"] = [_integer(signature, "numerator"), _integer(signature, "denominator")]
    strips = list(_strips(project, root.find("Structure")))
    if len(strips) > MOST_STRIPS:
        raise SessionError(f"project.xml: expected at most {MOST_STRIPS} tracks, got {len(strips)}")
    names = [_name_strip(project, track, channel) for track, channel in strips]
    session["tracks"], session["buses"] = [], []
    for (track, channel), name in zip(strips, names, strict=True):
        role = channel.get("role", "regular")
        if role == "master":
            session["master"] = _master(project, channel)
        elif role in ("effect", "submix"):
            session["buses"].append(_strip(project, track, channel, name))
        elif role == "vca":
            project.lost(_label(track), "a VCA group has no counterpart; it is left out")
        else:
            session["tracks"].append({**_strip(project, track, channel, name), "clips": []})
    _arrangement(project, root.find("Arrangement"), session)
    if root.find("Scenes/Scene") is not None:
        project.lost("Scenes", "a session has no launcher; its clips are left out")
    return session, project.problems


def _strips(project: Project, parent: etree._Element | None) -> Iterator[tuple[etree._Element, etree._Element]]:
    for track in [] if parent is None else parent.findall("Track"):
        channel = track.find("Channel")
        if channel is not None:
            yield track, channel
        else:
            project.lost(_label(track), "a track without a channel makes no sound; it is left out")
        yield from _strips(project, track)


def _name_strip(project: Project, track: etree._Element, channel: etree._Element) -> str:
    ours = path_of(track.get("id"))
    if channel.get("role") == "master":
        name = "master"
    elif len(ours) == 2 and ours[0] == "track" and _free(ours[1], project.taken):
        name = take(ours[1], project.taken)
    else:
        name = slug(track.get("name", ""), project.taken, "track")
    for element in (track, channel):
        if element.get("id"):
            project.strips[str(element.get("id"))] = name
    return name


def _free(name: str, taken: Container[str]) -> bool:
    return name not in taken and name not in ("", "master") and "/" not in name


def _strip(project: Project, track: etree._Element, channel: etree._Element, name: str) -> dict[str, Any]:
    strip: dict[str, Any] = {"id": name, "name": track.get("name") or name}
    if track.get("color"):
        strip["color"] = str(track.get("color"))[:7]
    strip["gain"] = _linear(project, channel.find("Volume"), f"{name}/gain")
    strip["pan"] = _pan(project, channel.find("Pan"), f"{name}/pan")
    strip["mute"] = _truth(channel.find("Mute"), default=False)
    strip["solo"] = channel.get("solo") == "true"
    strip["output"] = project.strips.get(str(channel.get("destination")), "master")
    strip["eq"] = strip["compressor"] = None
    strip["inserts"] = []
    for device in _devices(channel):
        if device.tag == "Equalizer" and strip["eq"] is None:
            strip["eq"] = _equalizer(project, device, name)
        elif device.tag == "Compressor" and strip["compressor"] is None:
            strip["compressor"] = _dynamics(project, device, f"{name}/compressor")
        else:
            _insert(project, device, name, strip["inserts"])
    strip["sends"] = [send for element in channel.findall("Sends/Send") for send in _send(project, element, name)]
    return strip


def _master(project: Project, channel: etree._Element) -> dict[str, Any]:
    master: dict[str, Any] = {
        "gain": _linear(project, channel.find("Volume"), "master/gain"),
        "compressor": None,
        "limiter": None,
        "inserts": [],
    }
    for device in _devices(channel):
        stage = device.tag.lower() if isinstance(device.tag, str) else ""
        if stage in ("compressor", "limiter") and master[stage] is None:
            master[stage] = _dynamics(project, device, f"master/{stage}")
        else:
            _insert(project, device, "master", master["inserts"])
    return master


def _devices(channel: etree._Element) -> list[etree._Element]:
    devices = channel.find("Devices")
    return [] if devices is None else [device for device in devices if isinstance(device.tag, str)]


def _send(project: Project, element: etree._Element, name: str) -> Iterator[dict[str, Any]]:
    bus = project.strips.get(str(element.get("destination")))
    if bus is None or bus == "master":
        project.lost(f"{name}/sends", "a send without a known destination is left out")
        return
    gain = _linear(project, element.find("Volume"), f"{name}/sends/{bus}/gain")
    yield {"bus": bus, "gain": gain, "pre_fader": element.get("type") == "pre"}


def _equalizer(project: Project, device: etree._Element, name: str) -> dict[str, Any]:
    bands: list[dict[str, Any]] = []
    taken: dict[str, int] = {}
    for index, element in enumerate(device.findall("Band"), 1):
        frequency = element.find("Freq")
        path = path_of(None if frequency is None else frequency.get("id"))
        ours = len(path) == 4 and _free(path[2], taken)
        identifier = take(path[2], taken) if ours else slug(f"band-{index}", taken, "band")
        kind = BAND_NAMES.get(str(element.get("type")), "peaking")
        place = f"{name}/eq/{identifier}"
        band: dict[str, Any] = {"id": identifier, "type": kind, "frequency": _value(frequency, 1000.0)}
        if kind not in ("lowshelf", "highshelf"):
            band["Q"] = _value(element.find("Q"), 1.0)
        band["gain"] = _value(element.find("Gain"), 0.0)
        for tag, parameter in (("Freq", "frequency"), ("Q", "Q"), ("Gain", "gain")):
            _target(project, element.find(tag), f"{place}/{parameter}")
        if _truth(element.find("Enabled"), default=True):
            bands.append(band)
        else:
            project.lost(place, "a band that is switched off is left out")
    return {"enabled": _truth(device.find("Enabled"), default=True), "bands": bands}


def _dynamics(project: Project, device: etree._Element, place: str) -> dict[str, Any]:
    stage: dict[str, Any] = {"enabled": _truth(device.find("Enabled"), default=True)}
    elements = {name: device.find(name.capitalize()) for name in ("threshold", "ratio", "attack", "release")}
    for parameter in device.findall("Parameters/RealParameter"):
        elements[str(parameter.get("name")).lower()] = parameter
    limits = {"threshold": (-100, 0), "knee": (0, 40), "ratio": (1, 20), "attack": (0, 1), "release": (0, 1)}
    for name, (low, high) in limits.items():
        element = elements.get(name)
        if element is not None:
            value = _value(element, low)
            if name == "ratio" and element.get("unit") == "percent":
                value /= 100.0
            stage[name] = min(max(value, low), high)
            if stage[name] != value:
                project.lost(f"{place}/{name}", f"{value} is outside {low} to {high} and became {stage[name]}")
            _target(project, element, f"{place}/{name}")
    if device.tag == "Limiter":
        stage = {"knee": 0, "ratio": 20, **stage}
    return stage


def _insert(project: Project, device: etree._Element, name: str, inserts: list[dict[str, Any]]) -> None:
    kind = str(device.get("deviceID") or "")
    if device.tag != "BuiltinDevice" or not kind.startswith("maxbooster:"):
        project.lost(f"{name}/inserts", f"the device {device.get('deviceName') or device.tag} cannot be run here")
        return
    taken = {insert["id"]: 1 for insert in inserts}
    path = path_of(device.get("id"))
    ours = len(path) == 3 and _free(path[2], taken)
    identifier = path[2] if ours else slug(device.get("name", ""), taken, "insert")
    params: dict[str, Any] = {}
    for parameter in device.findall("Parameters/*"):
        key = str(parameter.get("name"))
        params[key] = _truth(parameter, default=False) if parameter.tag == "BoolParameter" else _value(parameter, 0.0)
        _target(project, parameter, f"{name}/inserts/{identifier}/{key}")
    enabled = _truth(device.find("Enabled"), default=True)
    inserts.append({"id": identifier, "type": kind.partition(":")[2], "enabled": enabled, "params": params})


def _arrangement(project: Project, arrangement: etree._Element | None, session: dict[str, Any]) -> None:
    session["automation"], session["markers"] = {}, []
    if arrangement is None:
        return
    if arrangement.find("TempoAutomation") is not None:
        project.lost("TempoAutomation", "a session has one tempo; the first is used")
    tracks = {track["id"]: track for track in session["tracks"]}
    lanes = arrangement.find("Lanes")
    if lanes is not None:
        _lanes(project, lanes, "beats", None, tracks, session["automation"])
    markers = arrangement.find("Markers")
    scale = _scale(project, markers, lanes.get("timeUnit", "beats") if lanes is not None else "beats")
    for index, marker in enumerate([] if markers is None else markers.findall("Marker"), 1):
        time_s = _float(marker, "time") * scale
        session["markers"].append({"id": f"m{index}", "time_s": time_s, "name": marker.get("name", "")})


def _lanes(
    project: Project,
    lanes: etree._Element,
    unit: str,
    track: str | None,
    tracks: dict[str, dict[str, Any]],
    automation: dict[str, list[dict[str, Any]]],
) -> None:
    unit = lanes.get("timeUnit", unit)
    track = project.strips.get(str(lanes.get("track")), track)
    for element in lanes:
        if element.tag == "Lanes":
            _lanes(project, element, unit, track, tracks, automation)
        elif element.tag == "Clips" and track in tracks:
            for clip in element.findall("Clip"):
                _clip(project, clip, element.get("timeUnit", unit), tracks[str(track)])
        elif element.tag == "Clips" and len(element):
            project.lost(track or "clips", "clips that lie on no track are left out")
        elif element.tag == "Points":
            _points(project, element, unit, automation)
        elif element.tag == "Notes":
            project.lost(f"{track}", "notes need an instrument; they are left out")


def _clip(project: Project, clip: etree._Element, unit: str, track: dict[str, Any]) -> None:
    audio = next(clip.iter("Audio"), None)
    place = f"{track['id']}/clips"
    path = None if audio is None else audio.find("File")
    if audio is None or path is None or clip.get("enable") == "false":
        project.lost(place, f"clip {clip.get('name') or ''} holds no audio or is switched off; it is left out")
        return
    if next(clip.iter("Warps"), None) is not None:
        project.lost(place, f"clip {clip.get('name') or ''} is time-stretched; it is played as recorded")
    scale = _unit_scale(project, unit)
    content = _unit_scale(project, clip.get("contentTimeUnit", unit))
    fades = _unit_scale(project, clip.get("fadeTimeUnit", unit))
    offset = _float(clip, "playStart") * content
    duration: float | None = _float(clip, "duration") * scale if clip.get("duration") else None
    if duration is not None and abs(offset + duration - _float(audio, "duration")) < 0.5 / _integer(
        audio, "sampleRate"
    ):
        duration = None
    taken = project.clips.setdefault(track["id"], {})
    name = str(clip.get("name") or "")
    gains = [
        _float(point, "value")
        for points in clip.iter("Points")
        if (target := points.find("Target")) is not None and target.get("expression") == CLIP_GAIN
        for point in points.findall("RealPoint")
    ]
    track["clips"].append(
        {
            "id": take(name, taken) if _free(name, taken) else slug("c", taken, "c"),
            "media": str(path.get("path")),
            "external": path.get("external") == "true",
            "start_s": _float(clip, "time") * scale,
            "offset_s": offset,
            "duration_s": duration,
            "gain": gains[0] if gains else 1.0,
            "fade_in_s": _float(clip, "fadeInTime") * fades,
            "fade_out_s": _float(clip, "fadeOutTime") * fades,
        }
    )


def _points(project: Project, element: etree._Element, unit: str, automation: dict[str, list[dict[str, Any]]]) -> None:
    target = element.find("Target")
    where = project.targets.get(str(None if target is None else target.get("parameter")))
    if where is None:
        project.lost("automation", "points of a parameter that is not in a session are left out")
        return
    scale = _unit_scale(project, element.get("timeUnit", unit))
    segments: list[Segment] = []
    for point in element.findall("RealPoint"):
        value = _float(point, "value")
        if where.endswith("/pan"):
            value = value * 2 - 1
        elif element.get("unit") == "decibel" and (where.endswith("/gain") and "/eq/" not in where):
            value = math.pow(10.0, value / 20.0)
        segments.append((_float(point, "time") * scale, value, point.get("interpolation", "hold")))
    if segments:
        automation[where] = as_points(segments)


def _target(project: Project, element: etree._Element | None, target: str) -> None:
    if element is not None and element.get("id"):
        project.targets[str(element.get("id"))] = target


def _linear(project: Project, element: etree._Element | None, target: str) -> float:
    _target(project, element, target)
    value = _value(element, 1.0)
    return math.pow(10.0, value / 20.0) if element is not None and element.get("unit") == "decibel" else value


def _pan(project: Project, element: etree._Element | None, target: str) -> float:
    _target(project, element, target)
    value = _value(element, 0.5)
    return max(-1.0, min(1.0, value if element is not None and element.get("unit") == "linear" else value * 2 - 1))


def _scale(project: Project, element: etree._Element | None, unit: str) -> float:
    return _unit_scale(project, unit if element is None else element.get("timeUnit", unit))


def _unit_scale(project: Project, unit: str) -> float:
    return 1.0 if unit == "seconds" else project.seconds_per_beat


def _label(element: etree._Element) -> str:
    return str(element.get("name") or element.get("id") or element.tag)


def _truth(element: etree._Element | None, *, default: bool) -> bool:
    return default if element is None or element.get("value") is None else element.get("value") == "true"


def _value(element: etree._Element | None, default: float) -> float:
    return default if element is None or element.get("value") is None else _float(element, "value")


def _float(element: etree._Element, attribute: str) -> float:
    text = str(element.get(attribute, "0"))
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise SessionError(f'project.xml: {element.tag}/@{attribute}: expected a number, got "{text[:40]}"')
    return value


def _integer(element: etree._Element, attribute: str) -> int:
    value = _float(element, attribute)
    if value < 1 or value != int(value):
        raise SessionError(f"project.xml: {element.tag}/@{attribute}: expected a whole number above 0, got {value}")
    return int(value)
