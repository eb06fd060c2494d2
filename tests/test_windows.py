"""Windows is refused in one sentence; calls that only POSIX has stand in one module."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
POSIX_ONLY = re.compile(
    r"\b(os\.(O_CLOEXEC|O_DIRECTORY|O_NOFOLLOW|fdatasync|killpg|getpgid|setsid|fork\w*|getuid|geteuid|fchmod|wait\w+)\b"
    r"|signal\.(SIGKILL|SIGHUP|SIGALRM|SIGUSR\d)|import (fcntl|resource|termios|pty|pwd)\b|add_signal_handler)"
)


def test_windows_is_refused_in_one_sentence_that_names_wsl() -> None:
    # Nothing else is loaded before `entry` looks, so another name of the system is enough to see it refuse.
    code = "import os, sys; import runner.__main__ as main; os.name = 'nt'; main.entry()"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout) == (5, "")
    assert "WSL" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_calls_that_only_posix_has_stand_in_one_module() -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "runner").rglob("*.py")
        if POSIX_ONLY.search(path.read_text(encoding="utf-8"))
    }
    assert users == {"runner/files.py"}
