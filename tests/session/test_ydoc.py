"""The document type of jupyter-collaboration, whoever is imported first."""

import json
import subprocess
import sys

import pytest

from maxbooster_kernel.session.ydoc import YMixSession


@pytest.mark.parametrize(
    "lines",
    [
        "import jupyter_ydoc",
        "import maxbooster_kernel.session.ydoc, jupyter_ydoc",
        "from maxbooster_kernel.session.ydoc import YMixSession; import jupyter_ydoc",
    ],
)
def test_the_entry_point_is_found_in_any_order(lines):
    code = f"{lines}; assert jupyter_ydoc.ydocs['mbsession'].__name__ == 'YMixSession'"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_root_is_observed():
    made, seen = YMixSession(), []
    made.observe(lambda name, _: seen.append(name))
    made.set(json.dumps({"format": "maxbooster-session", "version": 1, "tracks": [{"id": "a"}], "notes": "x"}))
    made.document.set(("tracks", "a", "eq", "bands", "low", "gain"), 1.0)
    made.dirty = True
    assert {"tracks", "notes", "meta", "master", "state"} <= set(seen)
    made.unobserve()
    seen.clear()
    made.document.set(("tracks", "a", "gain"), 1.0)
    assert seen == []
