"""YAML to plain data with positions: only what JSON knows, each of YAML's surprises refused by name."""

from hashlib import sha256
from pathlib import Path

from yaml.error import MarkedYAMLError, YAMLError

from runner.storyboard.model import Position, Source
from runner.storyboard.yaml.document import Data, Document, Finding, in_order, placed
from runner.storyboard.yaml.encoding import Refused, decode
from runner.storyboard.yaml.parser import Abandoned, Walk
from runner.storyboard.yaml.syntax_errors import explain

_EMPTY = Finding(
    rule="yaml/empty", message="the file is empty", hint="`longtake init` writes a storyboard to begin with"
)


def read_document(data: bytes, file: Path | None = None) -> Document:
    """The document in the bytes of a file; never raises for what they hold."""
    digest = sha256(data).hexdigest()
    text = decode(data)
    if isinstance(text, Refused):
        source = Source(file=file, digest=digest)
        return Document(source=source, problems=(placed(text.finding, file, text.position),), read=False)
    return _parsed(text, file, digest)


def _parsed(text: str, file: Path | None, digest: str) -> Document:
    walk = Walk(text)
    data, broken = _walked(walk, text)
    if data is None and not walk.findings and not broken:
        broken = [(_EMPTY, (1, 1))]
    problems = [placed(finding, file, position) for finding, position in [*walk.findings, *broken]]
    return Document(
        source=Source(file=file, text=text, digest=digest, positions=walk.positions),
        data=data,
        keys=walk.keys,
        problems=in_order(problems),
        read=data is not None,
    )


def _walked(walk: Walk, text: str) -> tuple[Data, list[tuple[Finding, Position]]]:
    """The data, or None with the reason why the text could not be read to its end."""
    try:
        return walk.document(), []
    except Abandoned:
        return None, []
    except MarkedYAMLError as error:
        return None, [explain(error, text)]
    except YAMLError as error:
        return None, [(Finding(rule="yaml/syntax", message=f"this is not YAML: {error}"), (1, 1))]
