"""A plain, slow, obviously right render: one sample after the other, in Python, single precision where the node has it.

It shares nothing with the engine but the graph. Only constant parameters: the browser checks the moving ones.
"""

from __future__ import annotations

import math

import numpy as np

f32 = np.float32
ZONES = (
    (0.9999999999999998, 1.8432219684323923e-16, -1.9373394351676423e-16, 8.824516011816245e-18),
    (-1.5788320352845888, 2.3305837032074286, -0.9141194204840429, 0.1623677525612032),
    (0.5334142869106424, -1.272736789213631, 0.9258856042207512, -0.18656310191776226),
    (0.08783463138207234, -0.1694162967925622, 0.08588057951595272, -0.00429891410546283),
    (-0.042416883008123074, 0.1115693827987602, -0.09764676325265872, 0.028494263462021576),
)


def render(graph, media):
    """Return the output of a raw graph from frame 0 to its length, shape (2, frames), cold."""
    frames = -(-graph["length"] // 128) * 128
    made = {}
    for node in graph["nodes"]:
        inputs = [made[name] for name in node["inputs"]]
        made[node["id"]] = _node(node, inputs, made, media, frames, graph["sample_rate"])
    return _stereo(made[graph["output"]])[:, : graph["length"]]


def _node(node, inputs, made, media, frames, rate):
    match node["type"]:
        case "clip":
            return _clip(node, media[node["media"]], frames)
        case "gain":
            return (_sum(inputs, frames, node.get("channels", 1)) * f32(node["gain"])).astype(f32)
        case "stereo_panner":
            return _pan(inputs[0], f32(node["pan"]))
        case "biquad_filter":
            return _biquad(inputs[0], _coefficients(node, rate))
        case "delay":
            return np.concatenate([np.zeros((len(inputs[0]), node["frames"]), f32), inputs[0]], axis=1)[:, :frames]
        case "dynamics_compressor":
            key = made[node["key"]] if node.get("key") else inputs[0]
            return _compress(_stereo(inputs[0]), _stereo(key), node, rate)
        case "insert":
            return _reverb(_stereo(inputs[0]), node["params"], rate)
    raise AssertionError(node["type"])


def _stereo(samples):
    return samples if len(samples) == 2 else np.repeat(samples, 2, axis=0)


def _clip(node, samples, frames):
    out = np.zeros((len(samples), frames), f32)
    start, length = node["start"], node["duration"]
    out[:, start : start + length] = samples[:, node["offset"] : node["offset"] + length]
    gain = np.full(length, node["gain"])
    for frame in range(node["fade_in"]):
        gain[frame] = node["gain"] * frame / node["fade_in"]
    for frame in range(node["fade_out"]):  # from the gain on its first frame to 0 behind its last
        gain[length - node["fade_out"] + frame] = node["gain"] * (1 - frame / node["fade_out"])
    out[:, start : start + length] *= gain.astype(f32)
    return out


def _sum(inputs, frames, channels):
    if len(inputs) > 8:
        return _sum([_sum(inputs[i : i + 8], frames, channels) for i in range(0, len(inputs), 8)], frames, channels)
    total = None
    for samples in inputs:
        wide = _stereo(samples) if channels == 2 else samples
        total = wide.copy() if total is None else (total + wide).astype(f32)
    return np.zeros((channels, frames), f32) if total is None else total


def _pan(samples, pan):
    p = min(max(pan, f32(-1)), f32(1))
    if len(samples) == 1:
        turn = (0.5 * float(p) + 0.5) * math.pi / 2
        return np.stack([samples[0] * f32(math.cos(turn)), samples[0] * f32(math.sin(turn))])
    left, right = samples
    turn = float(f32(p + f32(1)) if p <= 0 else p) * math.pi / 2
    c, s = f32(math.cos(turn)), f32(math.sin(turn))
    return np.stack([left + right * c, right * s]) if p <= 0 else np.stack([left * c, right + left * s])


def _coefficients(node, rate):
    """Return b and a of the Audio EQ Cookbook in Web Audio's form, for shelves and peaking."""
    w = math.pi * float(f32(node["frequency"])) / (rate / 2)
    c, s = math.cos(w), math.sin(w)
    a = float(f32(math.exp(float(f32(float(f32(node["gain"])) / 40 * math.log(10))))))
    if node["filter"] == "peaking":
        alpha = s / (2 * float(f32(node["Q"])))
        b0, b1, b2, a0, a1, a2 = 1 + alpha * a, -2 * c, 1 - alpha * a, 1 + alpha / a, -2 * c, 1 - alpha / a
    else:
        sign = 1 if node["filter"] == "lowshelf" else -1
        k = 2 * math.sqrt(a) * s / 2 * math.sqrt(2)
        b0 = a * ((a + 1) - sign * (a - 1) * c + k)
        b1 = sign * 2 * a * ((a - 1) - sign * (a + 1) * c)
        b2 = a * ((a + 1) - sign * (a - 1) * c - k)
        a0 = (a + 1) + sign * (a - 1) * c + k
        a1 = -sign * 2 * ((a - 1) + sign * (a + 1) * c)
        a2 = (a + 1) + sign * (a - 1) * c - k
    return [value / a0 for value in (b0, b1, b2, a1, a2)]


def _biquad(samples, coefficients):
    b0, b1, b2, a1, a2 = coefficients
    out = np.empty_like(samples)
    for channel, row in enumerate(samples):
        x1 = x2 = y1 = y2 = 0.0
        for n, sample in enumerate(row.tolist()):
            y = float(f32(b0 * sample + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2))
            x2, x1, y2, y1 = x1, sample, y1, y
            out[channel, n] = y
    return out


def _log10f(v):
    """Return the decimal logarithm with the rounding of the C library's ``log10f``."""
    mantissa, exponent = math.frexp(float(v))
    k = exponent - 1
    below = 1 if k < 0 else 0
    z = f32(mantissa * 2.0 ** (1 - below))
    y = f32(k + below)
    low = f32(f32(y * f32(7.9034151668e-07)) + f32(f32(4.3429449201e-01) * f32(math.log(float(z)))))
    return f32(low + f32(y * f32(3.0102920532e-01)))


def _db(v):
    return f32(f32(20) * _log10f(v))


def _linear(db):
    return f32(math.pow(10, float(f32(f32(0.05) * f32(db)))))


class _Curve:
    """The static curve."""

    def __init__(self, node):
        self.threshold, self.slope = _linear(f32(node["threshold"])), f32(1) / f32(node["ratio"])
        self.end_db = f32(f32(node["threshold"]) + f32(node["knee"]))
        self.end, low, high, self.k = _linear(self.end_db), f32(0.1), f32(10000), f32(5)
        for _ in range(15):
            if self._slope() < self.slope:
                high = self.k
            else:
                low = self.k
            self.k = f32(math.sqrt(float(f32(low * high))))
        self.out_db = _db(self.knee(self.end))
        self.makeup = f32(math.pow(float(f32(1) / self(f32(1))), float(f32(0.6))))

    def _slope(self):
        further = f32(float(self.end) * 1.001)
        if self.end < self.threshold:
            return f32(1)
        return f32(_db(self.knee(further)) - _db(self.knee(self.end))) / f32(_db(further) - self.end_db)

    def knee(self, v):
        if v < self.threshold:
            return v
        bend = f32(f32(1) - f32(math.exp(float(f32(-self.k) * f32(v - self.threshold)))))
        return f32(self.threshold + f32(bend / self.k))

    def __call__(self, v):
        if v < self.end:
            return self.knee(v)
        return _linear(f32(self.out_db + f32(self.slope * f32(_db(v) - self.end_db))))


def _compress(samples, key, node, rate):
    curve, frames = _Curve(node), samples.shape[1]
    ahead = int(f32(0.006) * f32(rate))
    delayed = np.concatenate([np.zeros((2, ahead), f32), samples], axis=1)
    attack = f32(max(f32(0.001), f32(node["attack"])) * f32(rate))
    release = f32(f32(node["release"]) * f32(rate))
    zones = [f32(release * f32(y)) for y in (0.09, 0.16, 0.42, 0.98)]
    poly = []
    for row in ZONES:
        total = f32(0)
        for weight, zone in zip(row, zones, strict=True):
            total = f32(total + f32(f32(weight) * zone))
        poly.append(total)
    out = np.empty_like(samples)
    detector, gain, greatest, rate_now, want = f32(0), f32(1), f32(-1), f32(1), f32(0)
    saturation = f32(f32(0.0025) * f32(rate))
    for n in range(frames):
        if n % 32 == 0:
            want = f32(math.asin(float(detector)) / (math.pi / 2))
            rate_now, greatest = _rate(want, gain, greatest, poly, attack)
        v = max(abs(key[0, n]), abs(key[1, n]))
        attenuation = f32(1) if v <= f32(0.0001) else f32(curve(v) / v)
        rise = f32(1)
        if attenuation > detector:
            rise = f32(_linear(f32(max(f32(2), f32(-_db(attenuation))) / saturation)) - f32(1))
        detector = min(f32(1), f32(detector + f32(f32(attenuation - detector) * rise)))
        gain = f32(gain + f32(f32(want - gain) * rate_now)) if rate_now < 1 else min(f32(1), f32(gain * rate_now))
        factor = f32(curve.makeup * f32(math.sin(math.pi / 2 * float(gain))))
        out[0, n], out[1, n] = delayed[0, n] * factor, delayed[1, n] * factor
    return out


def _rate(want, gain, greatest, poly, attack):
    releasing = want > gain
    difference = _db(f32(gain / want)) if want > 0 else f32(-1 if releasing else 1)
    if releasing:
        x = f32(f32(0.25) * f32(min(max(difference, f32(-12)), f32(0)) + f32(12)))
        a, b, c, d, e = poly
        frames = f32(f32(f32(f32(a + f32(b * x)) + f32(c * f32(x * x))) + f32(d * f32(f32(x * x) * x))))
        frames = f32(frames + f32(e * f32(f32(x * x) * f32(x * x))))
        return _linear(f32(f32(5) / frames)), f32(-1)
    if greatest == -1 or greatest < difference:
        greatest = difference
    share = f32(f32(0.25) / max(f32(0.5), greatest))
    return f32(f32(1) - f32(math.pow(float(share), float(f32(f32(1) / attack))))), greatest


def _reverb(samples, params, rate):
    wet, dry, feedback = params.get("wet", 0.3), params.get("dry", 1.0), params.get("feedback", 0.84)
    combs = [math.floor(s * rate + 0.5) for s in (0.0297, 0.0371, 0.0411, 0.0437)]
    passes = [math.floor(s * rate + 0.5) for s in (0.005, 0.0017)]
    out = np.empty_like(samples)
    for channel, row in enumerate(samples.astype(float)):
        total = np.zeros(len(row))
        for delay in combs:
            y = np.zeros(len(row))
            for n in range(delay, len(row)):
                y[n] = row[n - delay] + feedback * y[n - delay]
            total += 0.25 * y
        for delay in passes:
            y = -0.7 * total
            for n in range(delay, len(row)):
                y[n] += total[n - delay] + 0.7 * y[n - delay]
            total = y
        out[channel] = dry * row + wet * total
    return out
