"""Storyboards and histories for tables of plans, made without files."""

from dataclasses import replace

from runner.planning.contract import contract
from runner.planning.model import Plan
from runner.planning.planner import plan
from runner.planning.spec import hop_specs
from runner.providers.registry import entry
from runner.state.history import History, Phase, StoredFile, Take
from runner.storyboard.model import Hop, ProviderChoice, Source, Storyboard

KIE = entry("kie")
FAST = KIE.catalog.model("veo3_fast") if KIE else None
ACCEPTED_AT = 1_800_000_000.0


def board(*prompts: str, **changes: object) -> Storyboard:
    hops = tuple(Hop(index=i, prompt=prompt) for i, prompt in enumerate(prompts or ("A dog", "It runs", "It stops")))
    plain = Storyboard(title="t", provider=ProviderChoice(name="kie"), hops=hops, source=Source(digest="d" * 64))
    return replace(plain, **changes)  # type: ignore[arg-type]


def taken(storyboard: Storyboard, *phases: Phase | None, verdict: str = "pass") -> History:
    """A history in which hop k has one take in phase k (None: no take)."""
    assert KIE is not None
    assert FAST is not None
    takes = []
    for spec, phase in zip(hop_specs(storyboard, KIE, FAST), phases, strict=False):
        if phase is None:
            continue
        takes.append(
            Take(
                hop=spec.index,
                number=1,
                key=spec.key,
                kind=spec.kind,
                parent=1 if spec.index else None,
                usd=spec.usd,
                credits=spec.credits,
                intended_at=ACCEPTED_AT,
                request=spec.request.body,
                phase=phase,
                task=f"task{spec.index}" if phase not in (Phase.INTENDED, Phase.UNKNOWN, Phase.REFUSED) else "",
                accepted_at=ACCEPTED_AT,
                files=(StoredFile(role="film", name="video.mp4", size=1, sha256="0" * 64),),
                verdict=verdict if phase is Phase.JUDGED else "",
                expectation=contract(storyboard, FAST, spec).digest,
                words="words",
            )
        )
    return History(run="r", takes=tuple(takes))


def planned(storyboard: Storyboard, history: History | None = None, now: float = ACCEPTED_AT) -> Plan:
    assert KIE is not None
    return plan(storyboard, history or History(), KIE, now=now)


def actions(result: Plan) -> list[str]:
    return [step.action for step in result.steps]
