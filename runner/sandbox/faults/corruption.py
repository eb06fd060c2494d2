"""Result files that break their contract in their bytes: cut short, or with a hole."""

import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from runner.sandbox.faults.spec import Fault
from runner.sandbox.shared_files import write


def damaged(path: Path, faults: Sequence[Fault]) -> Path:
    """Return the file as these faults leave it: `path` itself, or a damaged copy beside it."""
    for fault in faults:
        if fault.name == "truncated-file":
            path = _copy(path, f"cut-{fault.number('share', 0.7)}", fault)
        elif fault.name == "corrupt-file":
            path = _copy(path, f"hole-{fault.number('bytes', 65536):.0f}", fault)
    return path


def _copy(path: Path, name: str, fault: Fault) -> Path:
    final = path.with_name(f"{path.stem}-{name}.mp4")
    if final.exists():
        return final
    temporary = path.with_name(f".{secrets.token_hex(6)}.{final.name}")
    write(temporary, b"")
    shutil.copyfile(path, temporary)
    with temporary.open("r+b") as stream:
        size = stream.seek(0, 2)
        if fault.name == "truncated-file":
            stream.truncate(int(size * fault.number("share", 0.7)))
        else:
            hole = min(int(fault.number("bytes", 65536)), size // 4)
            stream.seek(size // 2)
            stream.write(bytes(hole))
    temporary.replace(final)
    return final
