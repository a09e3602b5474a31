"""What tests of every part share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root folder."""
    return ROOT


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of published instances, beside the checkout: ../shared/reference, or SITEWRIGHT_REFERENCE.

    It is not part of the repository; without it the tests that need it are skipped, except in CI.
    """
    folder = Path(os.environ.get("SITEWRIGHT_REFERENCE", ROOT.parent / "shared" / "reference"))
    if folder.is_dir():
        return folder
    reason = "no reference instances: set SITEWRIGHT_REFERENCE to their folder"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
