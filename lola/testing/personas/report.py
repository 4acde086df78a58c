"""Turns played personas into the form of a scenario run, for the same reports."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from lola.testing.personas.playing import Played
from lola.testing.reports import run as reports


def run_of(results: Iterable[Played], started_at: datetime) -> reports.Run:
    """Return the senders as one run; one passes who reached the goal without anything wrong."""
    return reports.Run(started_at=started_at, scenarios=tuple(map(_played, results)))


def _played(one: Played) -> reports.Played:
    persona = one.persona
    failures = [*([one.failure] if one.failure else []), *one.unconfirmed]
    failures += [f"the link is for another {name}" for name in one.unlike]
    failures += [] if one.reached else [f"goal not reached: {persona.goal}"]
    return reports.Played(
        name=f"{persona.id} · {persona.goal}",
        place=persona.variety,
        channel=persona.channel,
        language=persona.lang,
        passed=not failures and not one.wrong,
        failures=tuple(failures),
        wrong=tuple(one.wrong),
        not_run=0,
        turns=one.turns,
        reached=one.reached,
        messages=sum(who == "lola" for who, _ in one.lines),
        cost=Decimal(0),
        seconds=round(one.seconds, 3),
        lines=tuple(reports.Said(who=who, text=text) for who, text in one.lines),
    )
