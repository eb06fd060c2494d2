"""The wheel, built from the checkout and from the sdist, holds exactly what it should and works from anywhere."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.proof
ROOT = Path(__file__).parents[1]


def build(what: str, target: Path, source: Path = ROOT) -> Path:
    argv = [sys.executable, "-m", "build", f"--{what}", "--no-isolation", "--outdir", str(target), str(source)]
    subprocess.run(argv, check=True, capture_output=True)
    (made,) = target.glob("*.whl" if what == "wheel" else "*.tar.gz")
    return made


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The wheel from the checkout, and the one from the sdist."""
    folder = tmp_path_factory.mktemp("dist")
    sdist = build("sdist", folder / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    return build("wheel", folder / "direct"), build("wheel", folder / "again", unpacked)


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def expected() -> set[str]:
    tracked = subprocess.run(
        ["git", "ls-files", "runner", "schemas", "storyboards"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    return {name if name.startswith("runner/") else f"runner/{name}" for name in tracked}


def test_both_wheels_hold_exactly_the_package_its_schemas_and_its_samples(wheels: tuple[Path, Path]) -> None:
    direct, again = wheels
    assert names(direct) == names(again) == expected()


@pytest.fixture(scope="module")
def installed(wheels: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel, and the libraries of this one."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", wheels[1]], check=True, capture_output=True)
    (site,) = (folder / "lib").glob("python*/site-packages")
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    # The checkout is installed in this environment by a .pth file, which a plain path entry does not run.
    (site / "libraries.pth").write_text(f"{libraries}\n")
    return folder / "bin" / "longtake"


def call(longtake: Path, *arguments: str, cwd: Path) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd)}
    return subprocess.run(
        [longtake, *arguments], cwd=cwd, env=environment, check=True, capture_output=True, text=True
    ).stdout


def test_an_installed_longtake_carries_its_schemas_and_samples(installed: Path, tmp_path: Path) -> None:
    call(installed, "init", "mine.yaml", cwd=tmp_path)
    assert "mine.yaml: valid" in call(installed, "validate", "mine.yaml", cwd=tmp_path)
    assert "3 to buy" in call(installed, "plan", "mine.yaml", cwd=tmp_path)


def test_the_version_of_the_package_is_that_of_the_command(installed: Path, tmp_path: Path) -> None:
    from runner.version import __version__

    assert call(installed, "--version", cwd=tmp_path) == f"longtake {__version__}\n"
