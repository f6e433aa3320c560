"""The whole stack for a session, and a browser. Where CI is set, neither may be missing."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

STARTS_WITHIN = 240  # seconds, on a busy machine
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


def missing(what):
    """End the test: as a failure in CI, which installs everything, and as a skip elsewhere."""
    said = f"{what} is not installed"
    if os.environ.get("CI"):
        pytest.fail(said)
    pytest.skip(said)


@pytest.fixture(scope="session")
def stack():
    """A folder and the addresses of a stack that runs as long as the session."""
    from finetooth.deployments import postgres, processes
    from finetooth.deployments import stack as the_stack
    from finetooth.errors import InputError

    try:
        postgres.binaries()
    except InputError:
        missing("PostgreSQL")
    folder = Path(tempfile.mkdtemp(prefix="finetooth-stack-"))
    folder.chmod(0o755)  # PostgreSQL runs as a user of its own where this is root
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PREFECT_WORKER_QUERY_SECONDS", "2")  # instead of 10: each test waits for a run
            addresses = the_stack.start(folder)
        yield folder, addresses
    finally:
        processes.end_all(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def client(stack):
    """Prefect's client for the stack's server."""
    from prefect.client.orchestration import SyncPrefectClient

    with SyncPrefectClient(api=stack[1].api) as open_client:
        yield open_client


@pytest.fixture
def page(stack):
    """A page of headless Chromium."""
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if executable is None:
        missing("Chromium")
    playwright = pytest.importorskip("playwright.sync_api") if not os.environ.get("CI") else _playwright()
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=executable, args=list(FLAGS))
        shown = browser.new_page(viewport={"width": 1300, "height": 1600})
        shown.set_default_timeout(60_000)
        yield shown
        browser.close()


def _playwright():
    import playwright.sync_api

    return playwright.sync_api
