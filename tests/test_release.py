"""Both packages of a release, installed as people install them, with the oldest libraries claimed and with the newest.

The proof takes the Python that runs it; `PROOF_PYTHONS` names others, with colons between them (docs/proofs.md).
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

import pytest

from runner.version import __version__

ROOT = Path(__file__).parents[1]
LOWEST = ROOT / "tests" / "lowest.txt"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NAMED = os.environ.get("PROOF_PYTHONS", "")
# Package and age of libraries: each once, or, where Pythons are named, with each other.
PAIRS = [("sdist", "lowest"), ("wheel", "newest")]
ALL_PAIRS = [*PAIRS, ("sdist", "newest"), ("wheel", "lowest")]
ROWS = [(python, *pair) for python in (NAMED or sys.executable).split(":") for pair in (ALL_PAIRS if NAMED else PAIRS)]
TRIED = ("3.11", "3.12", "3.13")
# What is imported late is imported here, so that a library without it is found: a signed key, every module.
EVERYTHING = """
import pkgutil, runner, google.auth.transport.requests
from importlib import import_module
for module in pkgutil.walk_packages(runner.__path__, "runner."):
    if not module.name.endswith("__main__"):
        import_module(module.name)
from runner.providers.kling.signing import KeyPair
print(KeyPair("access", "a secret that is long enough to sign").headers(0.0)["Authorization"].count("."))
"""


class Installed(NamedTuple):
    """A clean environment that holds longtake, and a folder to work in."""

    programs: Path
    folder: Path

    def call(self, program: str, *words: str | Path) -> str:
        done = subprocess.run(
            [self.programs / program, *words],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def environ(self) -> dict[str, str]:
        """Nothing of this machine's: no other ffmpeg than the one that came along, no checkout."""
        return {"PATH": str(self.programs), "HOME": str(self.folder)}


def lower_bounds() -> set[str]:
    """Every requirement of people who use longtake, as the constraint that allows its oldest version alone."""
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["google"]]
    return {each.replace("[requests]", "").replace(">=", "==", 1) for each in wanted}


def test_the_oldest_libraries_are_those_that_the_package_claims() -> None:
    listed = {line for line in LOWEST.read_text().splitlines() if line and not line.startswith("#")}
    assert listed == lower_bounds()


def test_the_pythons_that_are_claimed_are_those_that_were_tried() -> None:
    claimed = [each.rpartition(" ")[2] for each in PROJECT["classifiers"] if "Python :: 3." in each]
    assert tuple(claimed) == TRIED
    assert PROJECT["requires-python"] == f">={TRIED[0]}"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist of this checkout."""
    folder = tmp_path_factory.mktemp("packages")
    argv = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(argv, check=True, capture_output=True)
    return folder


def install(python: str, package: Path, libraries: str, folder: Path) -> Installed:
    """Install a package with its extra into an environment that has nothing else."""
    subprocess.run([python, "-m", "venv", folder / "venv"], check=True, capture_output=True)
    installed, constraints = Installed(folder / "venv" / "bin", folder), ["-c", LOWEST] if libraries == "lowest" else []
    argv = [installed.programs / "pip", "install", "-q", *constraints, f"{package}[google]"]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return installed


@pytest.mark.proof
@pytest.mark.parametrize(("python", "package", "libraries"), ROWS)
def test_an_installed_longtake_makes_a_film_and_its_report(
    python: str, package: str, libraries: str, packages: Path, tmp_path: Path
) -> None:
    (file,) = packages.glob("*.whl" if package == "wheel" else "*.tar.gz")
    installed = install(python, file, libraries, tmp_path)
    call = installed.call
    assert call("longtake", "--version") == f"longtake {__version__}\n"
    call("longtake", "init", "film.yaml")
    assert "film.yaml: valid" in call("longtake", "validate", "film.yaml")
    assert "3 to buy" in call("longtake", "plan", "film.yaml")
    assert "film.mp4" in call("longtake", "run", "film.yaml", "--sandbox", "--sandbox-seconds", "0.1")
    assert call("longtake", "report", "runs/film.sandbox") == "runs/film.sandbox/report.html\n"
    assert call("python", "-c", EVERYTHING) == "2\n"
    assert serves(installed)


def serves(installed: Installed) -> bool:
    """Whether the emulators answer on a port."""
    argv = [installed.programs / "longtake", "sandbox", "--port", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        argv, cwd=installed.folder, env=installed.environ, stderr=pipe, stdout=pipe, text=True
    ) as server:
        assert server.stderr is not None
        address = server.stderr.readline().partition(" at ")[2].partition(" ")[0].rstrip(",")
        with urlopen(f"{address}/sandbox/ledger") as answer:
            held = b'"charges"' in answer.read()
        server.terminate()
    return held
