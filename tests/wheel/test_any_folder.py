"""The wheel holds one package, and works whatever lies in the folder where it is used, also with PYTHONPATH=."""

import os
import signal
import subprocess
import sys
import sysconfig
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finetooth.deployments.serve import free_port, healthy
from tests.flows.running import SETTINGS, frame
from tests.leakage.test_user_code import LEAKING

ROOT = Path(__file__).parents[2]
PATHS = pytest.mark.parametrize("path", [None, "."], ids=["as it is", "PYTHONPATH=."])

PROJECT = """
from prefect import flow
import finetooth

@flow
def nightly(table):
    result = finetooth.tune(table, target="target", **{settings!r})
    assert result.verdict is not None, result
    return str(result.folder)

if __name__ == "__main__":
    print(nightly({table!r}))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    words = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(words, check=True, timeout=300)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def python(wheel, tmp_path_factory):
    """An environment with the wheel in it, and the libraries of this one: none of them has the checkout on its path."""
    folder = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=120)
    site = next(folder.glob("lib/python*/site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    # Appended, so that the wheel comes first; .pth files of that folder, such as an editable checkout's, are not read.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


@pytest.fixture
def folder(tmp_path):
    """A user's folder with packages and modules that are called as ours are called, or were, and that fail."""
    for name in ("flows", "tasks", "spaces", "deployments"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise RuntimeError('the wrong package')\n")
    for name in ("tasks", "own_code", "files", "records"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('the wrong module')\n")
    return tmp_path


def environment(home, path):
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PREFECT_", "PYTHON"))}
    more = {} if path is None else {"PYTHONPATH": path}
    return kept | {"PREFECT_HOME": str(home / "prefect"), "HOME": str(home / "home")} | more


def called(python, folder, path, *words):
    """`finetooth` with these words, in the user's folder; the exit code and all that it printed."""
    done = subprocess.run(
        [str(python), "-P", "-m", "finetooth", *words],
        check=False, cwd=folder, env=environment(folder, path), capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_the_wheel_holds_one_package_with_its_data(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"finetooth"}
    data = {name for name in names if ".dist-info/" not in name and not name.endswith(".py")}
    assert data == {
        "finetooth/py.typed",
        "finetooth/report/style.css",
        "finetooth/report/template.html",
        "finetooth/deployments/prefect.yaml",
        "finetooth/deployments/compose.yaml",
        "finetooth/deployments/Dockerfile",
        "finetooth/deployments/configs/churn.yaml",
    }


@PATHS
def test_a_table_is_tuned(python, folder, path):
    code, text = called(python, folder, path, "tune", "sklearn:breast_cancer", "--untracked", *SETTINGS)
    assert code == 0, text
    assert len(list((folder / "runs").glob("*/verdict.json"))) == 1


@PATHS
def test_own_code_that_leaks_is_found(python, folder, path):
    """Beside a tasks.py of the user's, 0.1.0 ran that file in place of its test, and the leak passed."""
    mine, table = folder / "mine", folder / "table.csv"
    mine.mkdir()
    rng = np.random.default_rng(0)
    noise = pd.DataFrame(rng.normal(size=(200, 2)).round(4), columns=["a", "b"]).assign(y=np.arange(200) % 2)
    noise.to_csv(table, index=False)
    (mine / "own_models.py").write_text(LEAKING.format(table=str(table)))
    (folder / "space.yaml").write_text("parameters:\n  C: {low: 0.1, high: 10.0, log: true}\n")
    words = ("check", str(table), "--target", "y", "--model", "own_models:build", "--space", "space.yaml")
    paths = str(mine) if path is None else f"{path}{os.pathsep}{mine}"
    code, text = called(python, folder, paths, *words)
    assert code == 3, text
    assert "scramble" in text


@PATHS
def test_a_project_of_ones_own_calls_it_from_a_flow(python, folder, path):
    """The project keeps its flows in a folder called flows, as most do."""
    (folder / "flows" / "__init__.py").write_text("")
    table = folder / "table.csv"
    frame().to_csv(table, index=False)
    settings = {
        "coarse": {"trials": 2}, "refine": {"trials": 2}, "replicate": {"finalists": 1, "repeats": 2, "folds": 2},
        "validation": {"seeds": 2, "bootstrap": 200}, "workers": 1,
    }  # fmt: skip
    (folder / "flows" / "nightly.py").write_text(PROJECT.format(table=str(table), settings=settings))
    done = subprocess.run(
        [str(python), "-m", "flows.nightly"],
        check=False, cwd=folder, env=environment(folder, path), capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (Path(done.stdout.strip().splitlines()[-1]) / "report.html").exists()


@PATHS
def test_flows_are_served(python, folder, path):
    port = free_port(4200)
    with (folder / "served.txt").open("w") as out:
        process = subprocess.Popen(
            [str(python), "-P", "-m", "finetooth", "serve"],
            cwd=folder, env=environment(folder, path) | {"PREFECT_SERVER_API_PORT": str(port)},
            stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        deadline = time.monotonic() + 180
        while "The Prefect UI is at" not in (text := (folder / "served.txt").read_text()):
            assert process.poll() is None, text
            assert time.monotonic() < deadline, text
            time.sleep(0.5)
        url = text.partition("The Prefect UI is at ")[2].partition(";")[0]
        assert healthy(f"{url}/api")
        while "tune/nightly" not in (text := (folder / "served.txt").read_text()):
            assert process.poll() is None, text
            assert time.monotonic() < deadline, text
            time.sleep(0.5)
    finally:
        process.terminate()  # as a service manager does: it ends its server itself
        try:
            ended = process.wait(90)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert ended is not None
