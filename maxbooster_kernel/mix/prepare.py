"""Have the kernels compiled, and tell the person who waits."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from maxbooster_kernel.mix.launch import Leg, Run, launch
from maxbooster_kernel.mix.program import Program

PATIENCE_S = 2.5
_LOCK = threading.Lock()
_PREPARED: list[bool] = []


def prepare_kernels(progress: Callable[[str], None] | None = None) -> None:
    """Compile the kernels, or load them from their cache; the first time on a machine takes some ten seconds."""
    with _LOCK:
        if _PREPARED:
            return
        say = progress or (lambda _: None)
        message = "compiling the audio kernels; this happens once and takes about 20 s"
        patience = threading.Timer(PATIENCE_S, lambda: say(message))
        patience.daemon = True
        patience.start()
        try:
            for lanes in (1, 16):
                silence = np.zeros((2, 128), np.float32)
                program = Program(stages=[], state_size=0, sample_rate=44100)
                leg = Leg(source=silence, target=silence.copy())
                run = Run(program=program, start=0, state=np.zeros(0, np.float32), legs=[leg])
                launch([run], 128, lanes=lanes)
        finally:
            patience.cancel()
        _PREPARED.append(True)
