"""What every test may use: the test data, a browser, the hypothesis profiles."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dev", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "ci", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
settings.register_profile("long", max_examples=2000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

REQUIRED = bool(os.environ.get("MAXBOOSTER_REQUIRE_ALL"))


def missing(message: str) -> None:
    """Skip the test, or fail it where everything is required (``MAXBOOSTER_REQUIRE_ALL``, as in CI)."""
    if REQUIRED:
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Return the folder of test data (schemas, samples, labelled audio)."""
    folder = os.environ.get("MAXBOOSTER_TEST_DATA")
    if not folder or not Path(folder).is_dir():
        missing("no test data: set MAXBOOSTER_TEST_DATA to the folder that holds ddex/, analysis/ and dawproject/")
    return Path(str(folder))


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of Chromium."""
    path = os.environ.get("MAXBOOSTER_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        missing("no Chromium: install it (Debian: apt-get install chromium) or set MAXBOOSTER_CHROMIUM")
    return str(path)
