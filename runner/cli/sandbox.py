"""longtake sandbox."""

import asyncio
import os
from pathlib import Path

import click

from runner.cli.options import PATH, seconds
from runner.commands import quote_word
from runner.console.output import say
from runner.errors import UsageError


@click.command(short_help="Serve the emulators.")
@click.option("--port", type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any free port.")
# This machine only: the emulator takes any key, and would answer a whole network.
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--folder", type=PATH, default=Path("sandbox"), show_default=True, help="Tasks, ledger, rendered files.")
@click.option(
    "--task-seconds", type=seconds, metavar="S", default=3.0, show_default=True, help="How long a task takes."
)
@click.option("--fault", "faults", multiple=True, metavar="SPEC", help="Switch a fault on; see docs/sandbox.md.")
def sandbox(port: int, *, host: str, folder: Path, task_seconds: float, faults: tuple[str, ...]) -> None:
    """Serve the emulators of the providers' APIs, with real MP4 files, for your own tests. Any key is good."""
    from runner.media.ffmpeg.tools import find_tools  # as late as possible: this is a server's start
    from runner.sandbox.app import sandbox_app
    from runner.sandbox.serve import serve

    tools = asyncio.run(find_tools(os.environ))
    try:
        app = sandbox_app(folder.absolute(), ffmpeg=str(tools.ffmpeg.path), task_seconds=task_seconds, faults=faults)
    except ValueError as error:
        raise UsageError(str(error)) from error

    def ready(bound: int) -> None:
        at = f"http://{f'[{host}]' if ':' in host else host}:{bound}"
        say(f"emulated providers at {at} (open it for the list), kie.ai's Veo API at /kie")
        say("  charges: /sandbox/ledger; faults: /sandbox/faults")
        say(f"  LONGTAKE_KIE_BASE_URL={quote_word(f'{at}/kie')} KIE_API_KEY=any longtake run FILE --yes")

    serve(app, host=host, port=port, ready=ready)
