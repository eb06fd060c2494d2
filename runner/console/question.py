"""A yes or no from a person at a terminal, asked so that Ctrl-C is heard at once."""

import asyncio
import os
import sys

from runner.console.output import say

_MOST_LINE = 4096  # what a terminal gives at most as one line (termios(3), N_TTY)


async def confirm(question: str) -> bool:
    """Ask on standard error and wait for a whole line; nothing and the end of input mean no."""
    while True:
        sys.stderr.write(f"{question} [y/N]: ")
        sys.stderr.flush()
        answer = (await _read_line(sys.stdin.fileno())).strip().lower()
        if answer in ("y", "yes"):
            return True
        if answer in ("", "n", "no"):
            return False
        say("please answer y or n")


async def _read_line(descriptor: int) -> str:
    """Return what was typed, once Enter is pressed."""
    # Not in a thread: a thread that waits for Enter cannot be ended, and the program would wait for it.
    loop = asyncio.get_running_loop()
    typed = asyncio.Event()
    loop.add_reader(descriptor, typed.set)
    try:
        await typed.wait()
    finally:
        loop.remove_reader(descriptor)
    return os.read(descriptor, _MOST_LINE).decode(errors="replace")
