"""A table of musical styles, and styles drawn at random, for the song generator.

A drum line is one bar of equal steps: ``X`` accent, ``x`` hit, ``o`` soft hit, ``.`` rest.
In the table ``/`` separates alternatives and ``|`` columns, in the order of :class:`Style`.
"""

# ruff: noqa: E501 - the table is read as a table

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

BASS = ("root", "eighths", "octave", "fifth", "walking", "synco", "arp", "pedal", "tresillo", "kick", "offbeat", "none")
COMP = (
    "pad", "block", "stabs", "skank", "arp", "strum", "oompah", "charleston",
    "clave", "alberti", "chops", "eighths", "whole", "cell", "none",
)  # fmt: skip
FAMILIES = ("band", "synth", "piano", "orchestra", "folk", "jazz", "latin", "chip", "organ", "choir", "rock", "mallet")


HELD_OUT = frozenset({"afrobeat", "cumbia", "shuffle", "minuet", "nudisco", "fivefour", "indie", "chacha", "airballad"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a song of one kind goes.

    Parameters
    ----------
    name
        For the record only.
    tempo
        Lowest and highest beats a minute.
    beats, steps
        Beats a bar and grid steps a beat (3 is compound time).
    swing
        Highest delay of the off-beat, as a fraction of half a beat.
    kick, snare, hat
        Alternatives of one bar each; empty for none.
    bass, comp
        Kinds of accompaniment to choose from.
    lead
        Probability of a melody.
    families
        Groups of instruments to choose from.
    """

    name: str
    tempo: tuple[float, float]
    beats: int
    steps: int
    swing: float
    kick: tuple[str, ...]
    snare: tuple[str, ...]
    hat: tuple[str, ...]
    bass: tuple[str, ...]
    comp: tuple[str, ...]
    lead: float
    families: tuple[str, ...]

    @property
    def drums(self) -> bool:
        """Whether the style has any drum line."""
        return bool(self.kick or self.snare or self.hat)


_TABLE = """
house|118 128|4 4|0|X...X...X...X.../X...X...X...X..x|....X.......X...|..x...x...x...x./x.xxx.xxx.xxx.xx|offbeat octave synco|stabs pad skank|.4|synth
deephouse|116 124|4 4|.15|X...X...X...X...|....o.......o..o|..x...x...x...x.|synco kick|stabs charleston pad|.4|synth piano
techno|124 145|4 4|0|X...X...X...X...|....o.......o.../|..x...x...x...x./xxxxxxxxxxxxxxxx|pedal offbeat eighths|arp pad stabs|.2|synth
trance|130 142|4 4|0|X...X...X...X...|....X.......X...|..X...X...X...X.|offbeat|arp pad|.6|synth
dnb|165 178|4 4|0|X.........X...../X..x......X.....|....X.......X.../....X..o.o..X..o|x.x.x.x.x.x.x.x./xxxxxxxxxxxxxxxx|root synco pedal|pad stabs|.4|synth
jungle|155 172|4 4|0|X.X.......XX....|....X..o.o..X..o/....X..o.o....X.|x.x.x.x.x.x.x.x.|tresillo root|pad|.3|synth
dubstep|138 144|4 4|0|X.........x...../X.......x.......|........X.......|x..x..x.x..x..x./|root synco|stabs pad|.3|synth
breakbeat|120 138|4 4|.1|X.x.......X...../X..x..x...X.....|....X.......X..o|x.x.x.x.x.x.x.x.|kick synco|stabs pad|.4|synth band
hiphop|80 98|4 4|.25|X......x..X...../X.x.....x.X.....|....X.......X...|x.x.x.x.x.x.x.x./x.x.x.xxx.x.x.x.|kick root synco|stabs arp pad cell|.4|band piano synth
boombap|84 96|4 4|.33|X..x...x..X...../X.......x.Xx....|....X.......X..o|x.x.x.x.x.x.x.x.|kick walking|cell arp|.4|jazz piano
trap|125 150|4 4|0|X.........x...../X.....x...x....x|........X.......|x.x.x.x.x.x.x.x./x.x.xxxxx.x.x.xx|root kick|arp pad cell|.5|synth piano
lofi|70 88|4 4|.3|X.....x...X.....|....X.......X...|x.x.x.x.x.x.x.x.|root synco|charleston whole cell|.4|piano jazz
rock|95 135|4 4|0|X.......X.x...../X..x....X......./X.x.....X.x.....|....X.......X...|x.x.x.x.x.x.x.x./x...x...x...x...|eighths kick root|eighths strum whole|.6|rock band
hardrock|110 150|4 4|0|X.x...x.X.x...../X.......X.X.....|....X.......X...|X...X...X...X.../x.x.x.x.x.x.x.x.|eighths kick|eighths chops|.5|rock
punk|150 200|4 2|0|X...X.../X.x.X.x.|..X...X.|xxxxxxxx|eighths|eighths strum|.6|rock
metal|130 200|4 4|0|XxxxXxxxXxxxXxxx/X.xxX.xxX.xxX.xx/X.......X.......|....X.......X.../..X...X...X...X.|X...X...X...X...|eighths kick pedal|eighths chops|.4|rock
grunge|90 125|4 4|0|X..x..x.X.......|....X.......X...|X...X...X...X...|eighths root|eighths strum|.7|rock
indie|110 150|4 4|0|X...X...X...X.../X.....x.X.....x.|....X.......X...|x.x.x.x.x.x.x.x.|eighths octave|arp eighths|.7|band rock
pop|92 124|4 4|0|X.......X......./X..x....X.x...../X.....x.X.......|....X.......X...|x.x.x.x.x.x.x.x.|root eighths kick|block strum pad arp|.8|band piano
electropop|105 128|4 4|0|X...X...X...X.../X.....x.X.......|....X.......X...|x.x.x.x.x.x.x.x./..x...x...x...x.|eighths octave|arp pad stabs|.8|synth
ballad|54 80|4 4|0|X.......X......./X......xX.......|....X.......X...|x.x.x.x.x.x.x.x./x...x...x...x...|root fifth|block arp pad whole|.9|piano band
powerballad|60 84|4 4|0|X......xX.x.....|....X.......X...|x.x.x.x.x.x.x.x.|root eighths|strum arp pad|.9|rock band
rnb|62 96|4 4|.2|X..x...x..X...../X.....x...x.x...|....X.......X...|x.x.x.x.x.xxx.x.|synco kick|stabs pad charleston|.8|piano band
soul|80 118|4 4|.1|X.......X.x...../X..x....X..x....|....X.......X.../X...X...X...X...|x.x.x.x.x.x.x.x.|synco walking|stabs block skank|.8|band organ
funk|92 118|4 4|.15|X.x...x...x...../X..x..x...x..x..|....X..o.o..X..o/....X.o..o..X...|x.x.x.x.x.x.x.x./xxxxxxxxxxxxxxxx|synco kick|chops stabs|.5|band
disco|108 126|4 4|0|X...X...X...X...|....X.......X...|..X...X...X...X./xxXxxxXxxxXxxxXx|octave synco|chops stabs pad|.6|band
nudisco|110 122|4 4|.1|X...X...X...X...|....X.......X...|x.X.x.X.x.X.x.X.|octave synco|skank pad|.4|synth band
reggae|66 86|4 4|.2|........X......./X.......X.......|........x......./........X......o|x.x.x.x.x.x.x.x.|root synco tresillo|skank|.6|band organ
ska|110 150|4 2|0|..X...X./X.x.X.x.|..X...X.|xxxxxxxx|walking fifth|skank|.6|band
dub|64 78|4 4|.15|........X.......|........X.......|x.x.x.x.x.x.x.x.|root synco|skank pad|.3|organ synth
dancehall|90 110|4 4|0|X..x..x.X..x..x.|...x..X....x..X.|x.x.x.x.x.x.x.x.|tresillo|stabs skank|.5|synth
reggaeton|86 100|4 4|0|X...X...X...X...|...X..X....X..X.|x.x.x.x.x.x.x.x./|tresillo root|pad arp|.6|synth latin
bossa|105 145|4 4|0|X..xX..xX..xX..x/X...x...X...x...|X..x..x...x..x../..x..x...x..x...|x.x.x.x.x.x.x.x.|fifth|clave charleston|.8|latin jazz
samba|92 112|4 4|0|o..xX..xo..xX..x/o...X...o...X...|x.xx.x.xx.x.xx.x/x..x..x...x..x..|xxxxxxxxxxxxxxxx/X.xxX.xxX.xxX.xx|fifth synco|clave strum|.6|latin
salsa|85 108|4 4|0|....x.......x.../|X..x..x...x.x.../..x.x...X..x..x.|x.x.x.x.x.x.x.x./x.xxx.xxx.xxx.xx|tresillo synco|arp clave|.6|latin
rumba|90 120|4 4|0|...x..x....x..x.|X..x...x..x.x...|x.xxx.xxx.xxx.xx|tresillo fifth|strum clave|.7|latin
chacha|108 128|4 2|0|X...X...|..o...oo|xxxxxxxx|fifth synco|block clave|.6|latin
tango|110 132|4 2|0|||/x.x.x.x.|root fifth|block chops|.9|orchestra piano
cumbia|85 105|4 4|0|X.......X.......|....x.......x...|x.xxx.xxx.xxx.xx|fifth root|skank|.8|latin
afrobeat|100 125|4 4|0|X..x..x...x...../X.....x.X..x....|....x..x....x..x|x.xxx.xxx.xxx.xx|synco arp|chops skank|.5|band
highlife|110 130|4 4|0|X...X...X...X...|...x..x....x..x.|x.xxx.xxx.xxx.xx|arp synco|arp chops|.7|band latin
swing|110 230|4 2|.36|o.o.o.o./|..o...o./|x.xxx.xx/X.xxX.xx|walking|charleston|.8|jazz
jazzballad|50 76|4 2|.33||..o...o.|x.xxx.xx|root walking|whole charleston|.9|jazz
bebop|190 280|4 2|.3|/x.......|..o...o./|x.xxx.xx|walking|charleston stabs|.9|jazz
bigband|120 190|4 2|.36|X.x.X.x.|..X...X.|x.xxx.xx|walking|charleston stabs|.8|jazz
jazzwaltz|110 190|3 2|.33|X...../x.....|...x../|x.xxx./x.xxxx|walking root|charleston|.8|jazz
shuffle|90 150|4 2|.36|X.x.X.x./X...X.x.|..X...X.|xxxxxxxx|walking eighths|strum eighths chops|.6|band rock
blues|60 110|4 3|0|X....xX...../X..X..X..X..|...X.....X..|x.xx.xx.xx.x/xxxxxxxxxxxx|walking root|strum chops|.8|band jazz
slowblues|48 72|4 3|0|X.....X....x|...X.....X..|xxxxxxxxxxxx|walking root|whole arp|.8|band organ
gospel|56 84|4 3|0|X....xX.....|...X.....X..|xxxxxxxxxxxx|walking root|block arp|.8|organ piano
doowop|60 80|4 3|0|X.....X..X..|...X.....X..|xxxxxxxxxxxx|root fifth|arp block|.9|piano choir
country|85 130|4 4|.05|X.......X.......|....X.......X.../..x...x...x...x.|x.x.x.x.x.x.x.x.|fifth walking|strum oompah|.8|folk band
bluegrass|100 150|2 4|0|||/o...o...|fifth|oompah arp|.9|folk
traintrack|95 125|2 4|0|X...x...|oxXxoxXx|/x.x.x.x.|fifth|oompah strum|.8|folk
polka|105 132|2 4|0|X...X...|..X...X.|x.x.x.x.|fifth|oompah|.9|folk
march|104 126|4 4|0|X...x...X...x.../X.......X.......|..x...x...x...xx/x.xxx.xxx.xxxxxx|/....X.......X...|fifth|oompah|.9|orchestra
twostep|70 110|2 4|.1|X...X...|..x...x.|x.x.x.x.|fifth|oompah|.8|folk
waltz|84 180|3 2|0|/X.....|/..x.x.|/x.x.x.|root fifth|oompah|.9|orchestra folk piano
viennese|150 190|3 2|0|/X.....|/..o.o.||root|oompah|.9|orchestra
rockwaltz|90 150|3 4|0|X.........../X.......x...|....X...X.../........X...|x.x.x.x.x.x.|root eighths|strum arp|.7|band rock
six8|52 84|2 3|0|X...../X..x../X....x|...X..|xxxxxx/x.xx.x|root arp|arp strum block|.8|band piano
six8rock|60 90|4 3|0|X.....X....x|...X.....X..|xxxxxxxxxxxx|root eighths|strum arp|.7|rock
twelve8|56 90|4 3|0|X....xX.....|...X.....X..|xxxxxxxxxxxx|root walking|arp block|.8|organ piano
tarantella|120 165|2 3|0|/X..X..|/..x..x|/xxxxxx|fifth|oompah strum|.9|folk
jig|95 130|2 3|0|/o..o..||/xxxxxx|none root fifth|none oompah block|1|folk
slipjig|95 125|3 3|0||||none fifth|none block|1|folk
reel|90 122|2 4|.08|/o...o...||/x.xxx.xx|none fifth|none oompah|1|folk
hornpipe|75 115|2 4|.3||||none fifth|none oompah|1|folk
strathspey|110 175|4 2|.25||||none fifth|none block|1|folk
airballad|50 90|3 2|.05||||none root|none arp|1|folk
chorale|60 104|4 2|0||||none|none|0|choir organ orchestra
hymn|70 110|4 2|0||||none|block|.3|organ choir
pianosolo|60 130|4 4|0||||root fifth arp|alberti arp block|.9|piano
pianowaltz|90 170|3 2|0||||root|oompah|.9|piano
etude|70 140|4 4|0||||root none|arp alberti|.5|piano
guitarsolo|70 130|4 4|.05||||fifth arp none|arp strum|.7|folk
ambient|60 100|4 4|0|/X...............||/o...o...o...o...|pedal root none|pad arp|.4|synth
cinematic|70 120|4 4|0|/X.....X...X...../X.......x.......||/x.xxx.xxx.xxx.xx|root pedal|pad eighths arp|.6|orchestra
adagio|44 72|4 2|0||||root none|whole block|.8|orchestra
minuet|100 140|3 2|0||||root walking none|block none arp|1|orchestra piano
fanfare|90 130|4 4|0|/X.......x.......|/x.xxx.xxx.xxx.xx||root|block stabs|1|orchestra
synthwave|84 118|4 4|0|X...X...X...X.../X.......X.......|....X.......X...|x.x.x.x.x.x.x.x./..x...x...x...x.|eighths octave|pad arp|.7|synth
chiptune|110 170|4 4|0|X.......X.......|....X.......X...|x.x.x.x.x.x.x.x./|arp octave eighths|arp|1|chip
game|90 160|4 4|0|X.......X......./|....X.......X.../|x.x.x.x.x.x.x.x./|arp eighths fifth|arp block stabs|1|chip orchestra mallet
musicbox|70 130|3 2|0||||none root|arp alberti|1|mallet
gamelan|60 120|4 4|0||||none pedal|arp cell|.8|mallet
fiveeight|150 220|5 2|0|X.....x...|......X...|x.x.x.x.x.|root eighths|arp strum|.6|band jazz
fivefour|90 170|5 4|0|X.....x...x.........|......X.....X...X...|x.x.x.x.x.x.x.x.x.x.|root arp|arp charleston|.6|band jazz
seven|100 200|7 2|0|X...x...x.....|..X...X...X.X.|xxxxxxxxxxxxxx|eighths root|strum arp|.6|band rock
balkan|120 200|7 2|0|X.....x...x...|....x...x...x.|xxxxxxxxxxxxxx|fifth|oompah skank|1|folk
"""


def _alternatives(text: str) -> tuple[str, ...]:
    return tuple(text.split("/")) if text else ()


@lru_cache(maxsize=1)
def styles() -> tuple[Style, ...]:
    """Read the table.

    Returns
    -------
    tuple[Style, ...]
        All styles, in the table's order.
    """
    found = []
    for line in _TABLE.strip().splitlines():
        name, tempo, metre, swing, kick, snare, hat, bass, comp, lead, families = line.split("|")
        low, high = map(float, tempo.split())
        beats, steps = map(int, metre.split())
        found.append(
            Style(
                name=name,
                tempo=(low, high),
                beats=beats,
                steps=steps,
                swing=float(swing),
                kick=_alternatives(kick),
                snare=_alternatives(snare),
                hat=_alternatives(hat),
                bass=tuple(bass.split()),
                comp=tuple(comp.split()),
                lead=float(lead),
                families=tuple(families.split()),
            )
        )
    return tuple(found)


def random_style(rng: np.random.Generator) -> Style:
    """Draw metre, tempo, swing, drum lines and accompaniment at random.

    Parameters
    ----------
    rng
        Source of randomness.

    Returns
    -------
    Style
        A style that need not exist.
    """
    beats = int(rng.choice([2, 3, 4, 4, 4, 4, 4, 4, 5, 6, 7], p=None))
    steps = int(rng.choice([2, 3, 4], p=[0.25, 0.2, 0.55]))
    tempo = float(np.exp(rng.normal(np.log(108), 0.27)))
    lowest, highest = {2: (75, 210), 3: (50, 150), 4: (58, 155)}[steps]
    tempo = min(max(tempo, lowest), highest)
    drums = rng.random() < 0.62
    basses = [kind for kind in BASS if drums or kind != "offbeat"]
    comps = [kind for kind in COMP if drums or kind != "skank"]
    swing = float(rng.choice([0, 0, 0, 0.15, 0.36])) if steps != 3 else 0.0
    return Style(
        name="random",
        tempo=(tempo * 0.97, tempo * 1.03),
        beats=beats,
        steps=steps,
        swing=swing,
        kick=tuple(_random_kick(rng, beats, steps) for _ in range(2)) if drums and rng.random() < 0.9 else (),
        snare=tuple(_random_snare(rng, beats, steps) for _ in range(2)) if drums and rng.random() < 0.85 else (),
        hat=tuple(_random_hat(rng, beats, steps) for _ in range(2)) if drums and rng.random() < 0.85 else (),
        bass=tuple(rng.choice(basses, 2)),
        comp=tuple(rng.choice(comps, 3)),
        lead=float(rng.uniform(0.2, 1)),
        families=tuple(rng.choice(FAMILIES, 2)),
    )


def _random_kick(rng: np.random.Generator, beats: int, steps: int) -> str:
    line = np.full(beats * steps, ".")
    density = rng.uniform(0, 0.2)
    line[rng.random(len(line)) < density] = "x"
    kind = rng.random()
    if kind < 0.3:
        line[::steps] = "X"
    elif kind < 0.7:
        line[:: 2 * steps] = "X"
    line[0] = "X" if rng.random() < 0.92 else "."
    return "".join(line)


def _random_snare(rng: np.random.Generator, beats: int, steps: int) -> str:
    line = np.full(beats * steps, ".")
    line[rng.random(len(line)) < rng.uniform(0, 0.12)] = "o"
    kind = rng.random()
    if kind < 0.65:
        line[steps :: 2 * steps] = "X"
    elif kind < 0.8:
        line[(beats // 2) * steps] = "X"
    else:
        line[rng.random(len(line)) < 0.25] = "x"
    return "".join(line)


def _random_hat(rng: np.random.Generator, beats: int, steps: int) -> str:
    line = np.full(beats * steps, ".")
    kind = rng.random()
    if kind < 0.35:
        line[:] = "x"
    elif kind < 0.65:
        line[:: max(1, steps // 2)] = "x"
    elif kind < 0.8:
        line[::steps] = "x"
    else:
        cell = rng.random(steps) < 0.6
        line[np.tile(cell, beats)] = "x"
    if rng.random() < 0.3:
        line[rng.random(len(line)) < 0.1] = "."
    return "".join(line)
