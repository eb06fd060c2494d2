"""longtake.toml: addresses and dialects of providers, never a key; settings that nothing reads are refused."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from runner.errors import ConfigurationError
from runner.providers.registry import entry, names
from runner.storyboard.model import Storyboard
from runner.suggest import did_you_mean

NAME = "longtake.toml"
DOWNLOADS = "downloads"
# Matched anywhere in a name: `api_key`, `accessKey` and `auth-token` are all meant.
_KEY_WORDS = ("key", "secret", "token", "password")
_HEADER = re.compile(r"""\s*\[\s*["']?([\w-]+)["']?\s*\]""")


class ConfigFile(dict[str, object]):
    """What longtake.toml says, and where in it."""

    def __init__(self, table: Mapping[str, object], path: Path, text: str) -> None:
        super().__init__(table)
        self._path, self._lines = path, text.splitlines()

    def place(self, section: str, setting: str) -> str:
        """Return file and line of a setting; the file alone where it cannot be told."""
        header = ""
        for number, line in enumerate(self._lines, 1):
            before, found, _ = line.partition(setting)
            if heading := _HEADER.match(line):
                header = heading[1]
            elif found and "#" not in before and (header == section or section in before):
                return f"{self._path}:{number}"
        return str(self._path)


def read_config(folder: Path) -> Mapping[str, object]:
    """Read the settings file of a folder, empty when there is none.

    Raises:
        ConfigurationError: it is not TOML, or holds a key.
    """
    path = folder / NAME
    try:
        text = path.read_text(encoding="utf-8")
        table = tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: {error}", code="settings/unreadable", hint="fix the file") from error
    # longtake.toml lies beside storyboards and is committed with them.
    for name in _all_names(table):
        if any(word in name.lower() for word in _KEY_WORDS):
            raise ConfigurationError(
                f"{path} holds {name!r}: keys are read from the environment only",
                code="settings/key-in-file",
                hint="take it out of the file, and out of the file's history",
            )
    for name, section in table.items():
        _refuse_unknown(path, name, section if isinstance(section, dict) else {})
    return ConfigFile(table, path, text)


def _refuse_unknown(path: Path, name: str, section: Mapping[str, object]) -> None:
    """Refuse a setting that nothing reads: it would be ignored in silence."""
    if name == DOWNLOADS:
        _refuse_unknown_setting(path, name, section, ("allow",))
        return
    found = entry(name)
    if found is None:
        raise ConfigurationError(
            f"{path}: there is no provider [{name}]",
            code="settings/unknown",
            hint=did_you_mean(name, (*names(), DOWNLOADS)),
        )
    known = ("base_url", "upload_url", *(["dialect"] if found.catalog.dialects else []), *found.catalog.settings)
    _refuse_unknown_setting(path, name, section, known)
    dialect = section.get("dialect")
    if dialect is not None and dialect not in found.catalog.dialects:
        raise ConfigurationError(
            f"{path}: {name} has no dialect {dialect!r}; it has {', '.join(found.catalog.dialects)}",
            code="settings/unknown",
            hint=did_you_mean(str(dialect), found.catalog.dialects),
        )


def _refuse_unknown_setting(path: Path, name: str, section: Mapping[str, object], known: Sequence[str]) -> None:
    for setting in section:
        if setting not in known:
            raise ConfigurationError(
                f"{path}: [{name}] has no `{setting}`; it has {', '.join(known)}",
                code="settings/unknown",
                hint=did_you_mean(setting, known),
            )


def _all_names(table: Mapping[str, object]) -> list[str]:
    nested = [name for value in table.values() if isinstance(value, dict) for name in _all_names(value)]
    return [*table, *nested]


def dialect_of(storyboard: Storyboard, file: Mapping[str, object]) -> str:
    """Return the dialect that a storyboard asks for, or else longtake.toml; empty for the provider's usual one."""
    section = file.get(storyboard.provider.name)
    own = section.get("dialect", "") if isinstance(section, dict) else ""
    return storyboard.provider.dialect or str(own)
