"""What is known of an unsettled submit, for people and for programs."""

from datetime import UTC, datetime
from pathlib import Path

from runner.commands import command
from runner.execution.reconcile import Evidence
from runner.printable import one_line


def evidence_text(found: Evidence, run_dir: Path) -> str:
    """Say what happened, what the provider says, and the one action that is proposed."""
    take = found.take
    sent = datetime.fromtimestamp(take.intended_at, UTC).isoformat(sep=" ", timespec="seconds")
    answer = f"  what came back: {one_line(found.answer)}\n" if found.answer else ""
    settle = command("reconcile", run_dir, "--hop", take.hop)
    return (
        f"hop {take.hop}, take {take.number}: sent at {sent}, ${take.usd:.2f} ({take.credits:g} credits)\n"
        f"  what happened: {one_line(found.words)}\n"
        f"{answer}"
        f"  prompt: {one_line(found.prompt[:100])}\n"
        f"  name: {take.mark}\n"
        f"  {_balance(found)}\n"
        f"  {_proposed(found, settle)}"
    )


def _balance(found: Evidence) -> str:
    """Say what the account's balance says: a hint, for other runs may use the same account."""
    if found.balance is None:
        return "the balance is unknown"
    now = f"the account holds {float(found.balance):g} credits"
    if found.take.balance is None:
        return now
    # A hint and no proof: another run, or a person, may have spent in between.
    fell = found.take.balance - found.balance
    told = "as before the submit" if not fell else f"{float(found.take.balance):g} before the submit"
    hint = {True: " (the price of this hop is missing: it may have been taken)", False: ""}[fell == found.take.credits]
    return f"{now}, {told}{hint}"


def _proposed(found: Evidence, settle: str) -> str:
    proposal = found.proposal
    if proposal.action == "adopt":
        return f"{proposal.reason}\n  proposed: adopt it:  {settle} --yes"
    if proposal.action != "ask":
        return f"{proposal.reason}\n  proposed: look again, and buy it again once that is proof:  {settle} --yes"
    return (
        f"{proposal.reason}\n"
        f"  look for this prompt in {found.console}, then say which it is:\n"
        f"    it is there:      {settle} --task ID    (adopts it; nothing is sent)\n"
        f"    it is not there:  {settle} --resend     (buys it again; your risk)"
    )


def evidence_json(found: Evidence, run_dir: Path) -> dict[str, object]:
    """Return the same for programs."""
    take, proposal = found.take, found.proposal
    ask = proposal.action == "ask"
    return {
        "hop": take.hop,
        "take": take.number,
        "usd": take.usd,
        "credits": take.credits,
        "words": found.words,
        "answer": found.answer,
        "prompt": found.prompt,
        "name": take.mark,
        "sent_at": take.intended_at,
        "balance_before": take.balance,
        "balance": found.balance,
        "proposal": proposal.action,
        "reason": proposal.reason,
        "task": proposal.candidate.task if proposal.candidate else None,
        "next_command": "" if ask else command("reconcile", run_dir, "--hop", take.hop, "--yes"),
    }
