"""Checking again: a run's hops and film, or any video file."""

import os
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from runner.api.status import plan_run_directory
from runner.media.ffmpeg.tools import find_tools
from runner.media.model import Expectation, Verdict
from runner.state.layout import Layout, is_run_directory


async def check_files(
    paths: Sequence[Path], expected: Expectation, *, look: bool = True
) -> AsyncIterator[tuple[str, Sequence[Verdict]]]:
    """Yield each hop, film or file with its verdicts, as they come; changes nothing.

    A run's files are held against their contracts, any other video against `expected`. Without `look` the form alone
    is checked.

    Raises:
        ConfigurationError: there is no usable ffmpeg.
        StoryboardInvalid: a run's frozen storyboard has errors.
    """
    tools = await find_tools(os.environ)
    for path in paths:
        if is_run_directory(path):
            from runner.backends.local import local_view
            from runner.inspection.recheck import recheck_run  # brings in what a run needs

            async for checked in recheck_run(
                plan_run_directory(path), Layout(path), local_view(path, tools), look=look
            ):
                yield checked
        else:
            from runner.inspection.any_video import check_video

            yield str(path), await check_video(path, expected, tools, look=look)
