"""What a machine must have before anything is bought: required by every run, and shown by doctor. Nothing is sent."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from runner.config.settings import Settings, find_unsendable
from runner.errors import ConfigurationError
from runner.files import Disk, explain_os_errors, open_private, try_lock
from runner.providers.catalog import Catalog
from runner.storyboard.model import Storyboard

if TYPE_CHECKING:
    from runner.media.ffmpeg.tools import Tools
    from runner.net.client import Web

# Results may lie at any host; a name that nothing exempts from a proxy stands for all of them.
_ELSEWHERE = "https://files.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: whether a run can go on with it, and what there is to say."""

    name: str
    good: bool
    words: str


def require_network(web: "Web", chosen: Settings) -> None:
    """Refuse certificates and proxies with which nothing could be sent, or no result fetched.

    Raises:
        ConfigurationError: naming the variable.
    """
    web.check_network((chosen.base_url, chosen.upload_url, *(() if chosen.local else (_ELSEWHERE,))))


def require_encoders(storyboard: Storyboard, tools: "Tools", *, sandbox: bool) -> None:
    """Refuse an ffmpeg that could not make this film once it is paid for.

    Raises:
        ConfigurationError: naming what it lacks.
    """
    # A single hop is the provider's own file. Of several each may need to be encoded again to be joined, which is known
    # only when all are paid for; and the emulator renders.
    if tools.ffmpeg.lacks and (sandbox or len(storyboard.hops) > 1):
        raise tools.ffmpeg.lacking_error()


def require_name(folder: Path, *, plain: bool = False) -> None:
    """Refuse a folder whose files ffmpeg could not be given once they are paid for; `plain`: nor in a list of files.

    Raises:
        ConfigurationError: saying what is wrong with its name.
    """
    from runner.media.ffmpeg.commands import file_url

    file_url(folder)
    if plain and {"\n", "\r"} & set(str(folder)):
        raise ConfigurationError(
            f"{str(folder)!r} has a line break in its name: the sandbox cannot render there",
            code="run-directory/name",
            hint="name another folder with --run-dir",
        )


def inspect_downloads(environ: Mapping[str, str], file: Mapping[str, object]) -> Finding:
    """Return whether the networks and hosts that results may come from are named rightly."""
    from runner.config.downloads import allowed_downloads

    return _explain("downloads", lambda: allowed_downloads(environ, file), "what may be fetched is named rightly")


def check_place(folder: Path) -> str:
    """Find out whether a run can be kept in a folder; return what there is to say of it, mostly nothing.

    Raises:
        RunDirectoryError: the file system has no locks, or cannot be written to.
    """
    disk = Disk()
    with explain_os_errors(folder), TemporaryDirectory(prefix=".longtake-", dir=folder) as place:
        file = Path(place, "lock")
        descriptor = open_private(file)
        try:
            try_lock(descriptor, file)
            disk.flush_folder(Path(place))
        finally:
            os.close(descriptor)
    return "its file system cannot flush folders: a power cut may take back what was just written" * bool(
        disk.unflushed
    )


def inspect_network(urls: Sequence[str]) -> Finding:
    """Return whether the network can be used as this machine's variables say."""
    from runner.net.client import Web

    return _explain("network", lambda: Web().check_network((*urls, _ELSEWHERE)), "certificates and proxies can be used")


def inspect_tools(tools: "Tools") -> Finding:
    """Return whether the ffmpeg that is used can make every film."""
    words = f"{tools.ffmpeg.version} from {tools.ffmpeg.origin}: {tools.ffmpeg.path}"
    skipped = "".join(f"; not used: {note}" for note in tools.notes if "built without" in note)
    if tools.ffmpeg.lacks:
        error = tools.ffmpeg.lacking_error()
        return Finding(name="ffmpeg", good=False, words=f"{error.message}; {error.hint}")
    return Finding(name="ffmpeg", good=True, words=words + skipped)


def inspect_place(folder: Path) -> Finding:
    """Return whether runs can be kept in a folder."""
    said: list[str] = []
    found = _explain("runs", lambda: said.append(check_place(folder)), f"locks and writes hold in {folder}")
    return Finding(name="runs", good=found.good, words="; ".join([found.words, *filter(None, said)]))


def inspect_letters(catalog: Catalog, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield which of a provider's keys hold letters that no request can carry."""
    for name in (*catalog.key_pair, *catalog.key_names):
        if place := find_unsendable(environ.get(name, "").strip()):
            yield f"{name} is set, but its letter {place} is a space, a control character or no ASCII letter"


def inspect_login(environ: Mapping[str, str]) -> str:
    """Return why nobody could sign in at Google Cloud without a token; nothing where nothing is known against it."""
    from importlib.util import find_spec

    if not (find_spec("google") and find_spec("google.auth") and find_spec("requests")):
        return "needs google-auth: pip install 'longtake[google]'"
    named = environ.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    if named and not Path(named).is_file():
        return f"GOOGLE_APPLICATION_CREDENTIALS names {named}, which is not there"
    return ""


def _explain(name: str, check: Callable[[], object], words: str) -> Finding:
    try:
        check()
    except ConfigurationError as error:
        return Finding(name=name, good=False, words=f"{error.message}; {error.hint}")
    return Finding(name=name, good=True, words=words)
