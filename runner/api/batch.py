"""What one command is to run, looked at as a whole before anything of it starts: folders, and the money together."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from runner.api.runs import RunOptions, plan
from runner.commands import command
from runner.errors import LongtakeError, StoppedBeforeSpending, UsageError
from runner.execution.identity import refuse_other_storyboard, source_of
from runner.planning.budget import SpendingCap, describe_need, most_usd
from runner.planning.model import Plan
from runner.state.copy_guard import read_location
from runner.state.layout import Layout, is_run_directory
from runner.state.run_directory import read_history
from runner.storyboard.model import Storyboard


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One film of a command: its storyboard and how it is to be run."""

    storyboard: Storyboard
    options: RunOptions

    @property
    def root(self) -> Path:
        """Its run directory."""
        return self.options.root(self.storyboard)


def prepare_runs(films: Sequence[Film], *, retake: int | None = None, dry: bool = False) -> SpendingCap | None:
    """Refuse what cannot be run together, before anything starts; return the ledger that all share under --max-cost.

    Raises:
        UsageError: two storyboards would share a run directory.
        RunDirectoryError: a run directory is that of another storyboard.
        StoppedBeforeSpending: --max-cost does not suffice for all of them.
    """
    _refuse_shared_folder(films)
    plans = {film.root: _plan_if_possible(film, retake) for film in films}
    known = {root: planned for root, planned in plans.items() if planned}
    for film in films:
        _refuse_other_run(film, plans[film.root])
    caps = [film.options.max_cost for film in films if film.options.max_cost is not None]
    if not caps:
        return None
    cap = SpendingCap(min(caps), {str(root.resolve()): each.history.committed for root, each in known.items()})
    # One run says it by itself, with what it may still do about what is paid for already.
    if len(films) > 1 or dry:
        _refuse_too_dear(cap, films, list(known.values()))
    return cap


def require_own_run(storyboard: Storyboard, options: RunOptions) -> None:
    """Refuse a run directory that holds the run of another storyboard, unless a person named it.

    Raises:
        RunDirectoryError: naming both files.
    """
    film = Film(storyboard=storyboard, options=options)
    _refuse_other_run(film, _plan_if_possible(film, None))


def _refuse_other_run(film: Film, planned: Plan | None) -> None:
    if planned and not film.options.run_dir:
        before = read_location(Layout(film.root).place)
        keys = {step.spec.key for step in planned.steps}
        refuse_other_storyboard(film.root, planned.history, film.storyboard, keys, before.path if before else "")


def _plan_if_possible(film: Film, retake: int | None) -> Plan | None:
    """Plan a film; None where its run directory does not allow that, which its own run then says."""
    with suppress(LongtakeError):
        return plan(film.storyboard, film.root, retake=retake)
    return None


def _owns(film: Film) -> bool:
    """Return whether a run directory was begun from this very file."""
    source = source_of(film.storyboard)
    return bool(source) and is_run_directory(film.root) and read_history(film.root).source == source


def _refuse_shared_folder(films: Sequence[Film]) -> None:
    owners: dict[Path, Film] = {}
    for film in films:
        other = owners.setdefault(film.root.resolve(), film)
        if other is film:
            continue
        if _owns(film):  # the one that has begun there stays, or its film would be bought again
            film, other = other, film  # noqa: PLW2901 -- which of the two is to move
        file = film.storyboard.source.file
        own = f"{file.resolve().parent.name}-{film.root.name}" if file else f"{film.root.name}-2"
        rehearsal = ["--sandbox"] if film.options.sandbox else []
        raise UsageError(
            f"{other.storyboard.source.file} and {file} would both run in {film.root}",
            code="usage/same-run",
            hint="nothing was started: run one of them by itself, in a folder of its own, or give it another name",
            next_command=command("run", file or "", "--run-dir", film.root.with_name(own), *rehearsal),
        )


def _refuse_too_dear(cap: SpendingCap, films: Sequence[Film], plans: Sequence[Plan]) -> None:
    usd = sum((each.usd for each in plans), Decimal(0))
    if not usd or cap.committed + usd <= cap.usd:
        return
    retries = max(film.options.retries for film in films)
    most = sum((most_usd(each, retries) for each in plans), Decimal(0))
    spent = f", with ${cap.committed:.2f} already committed," if cap.committed else ""
    words = f"not all {len(films)} films can" if len(films) > 1 else "the film cannot"
    raise StoppedBeforeSpending(
        f"{words} be finished: ${usd:.2f} more{spent} pass the cap of ${cap.usd:.2f}"
        " (--max-cost, of all films of this command together)",
        code="money/budget",
        hint=f"nothing was bought: {describe_need(cap.committed, usd, most)}; raise --max-cost to that,"
        " or run fewer films at once",
    )
