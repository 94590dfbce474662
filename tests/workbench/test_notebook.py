"""The launcher's tile and ``%load_ext``."""

import json
import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

SHARE = Path(__file__).parents[2] / "share"


def test_the_tiles_kernel_starts_with_the_names_loaded(tmp_path):
    spec = json.loads((SHARE / "jupyter/kernels/maxbooster/kernel.json").read_text())
    assert spec["display_name"] == "Max Booster"
    folder = tmp_path / "maxbooster"
    folder.mkdir()
    (folder / "kernel.json").write_text(json.dumps({**spec, "argv": [sys.executable, *spec["argv"][1:]]}))
    specs = KernelSpecManager(kernel_dirs=[str(tmp_path)], ensure_native_kernel=False)
    manager = KernelManager(kernel_name="maxbooster", kernel_spec_manager=specs)
    manager.start_kernel()
    client = manager.client()
    printed = []

    def listen(message):
        if message["msg_type"] == "stream":
            printed.append(message["content"]["text"])

    try:
        client.start_channels()
        client.wait_for_ready(timeout=120)
        client.execute_interactive("print(mb.Session.new('Night Drive').name)", timeout=120, output_hook=listen)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert "".join(printed).strip() == "Night Drive"


def test_settings_and_server_config_are_json():
    for name in (
        "jupyter/lab/settings/overrides.d/maxbooster.json",
        "etc/jupyter/jupyter_server_config.d/maxbooster.json",
    ):
        json.loads((SHARE / name).read_text())
