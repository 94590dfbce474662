"""Write what PyTorch says for the shipped weights, for the tests: ``python -m training.golden OUT.npz``."""

import argparse
from pathlib import Path

import numpy as np
import torch

from maxbooster_kernel.analysis.network import harmony_input, rhythm_input, shipped_weights
from training.models import HarmonyNet, RhythmNet
from training.patterns import golden_features


def main() -> None:
    """Parse the command line and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    options = parser.parse_args()
    rhythm_net, harmony_net = RhythmNet().eval(), HarmonyNet().eval()
    for name, net in (("rhythm", rhythm_net), ("harmony", harmony_net)):
        net.load_state_dict({key: torch.from_numpy(value) for key, value in shipped_weights(name).items()})
    rhythm, harmony = golden_features()
    with torch.no_grad():
        frames, tempo = rhythm_net(torch.from_numpy(rhythm_input(rhythm)).T[None])
        chords, key = harmony_net(torch.from_numpy(harmony_input(harmony))[None])
    np.savez_compressed(
        options.out,
        beat=torch.sigmoid(frames[0, 0]).numpy(),
        downbeat=torch.sigmoid(frames[0, 1]).numpy(),
        tempo=torch.softmax(tempo[0], 0).numpy(),
        chords=torch.log_softmax(chords[0], 0).T.numpy(),
        key=torch.softmax(key[0], 0).numpy(),
    )


if __name__ == "__main__":
    main()
