"""What a load says that is off and has no share of what the others draw."""

from __future__ import annotations

import pytest

from pvopt.decide.serve import SEARCHING
from pvopt.decide.settings import LoadSettings
from pvopt.model import Change, Request, RequestKind, Why
from tests.unit.decide.ladder_rig import LadderRig, knob, ladder, relay, steady

KNOB, TOWEL = knob("boiler"), relay("towel", 500.0)


def said(rig: LadderRig, name: str) -> set[Why]:
    """Its reasons in the ticks in which it was off, from the third minute on."""
    rank = [load.id for load in rig.rules.loads].index(name)
    commands = [decision.commands[rank] for decision in rig.decisions[180:]]
    return {one.reason.code for one in commands if one.setpoint_w <= 0.0}


@pytest.mark.parametrize("feed_in", [True, False])
@pytest.mark.parametrize(
    ("loads", "below", "sun_w", "why", "needs_w"),
    [
        # A knob of 2000 W above would take them first.
        ((KNOB, TOWEL), "towel", 700.0, Why.RANKED, 2155.0),
        ((KNOB, knob("two")), "two", 1500.0, Why.RANKED, 895.0),
        # Too large for what there is: the knob below it has that.
        ((relay("large", 2500.0), KNOB), "large", 1500.0, Why.TOO_LITTLE, 1355.0),
        # The search is at the end of all that can follow it, this one is not.
        ((relay("large", 2500.0), KNOB), "large", 2600.0, Why.TOO_LITTLE, 255.0),
    ],
)
def test_a_load_without_a_share_says_what_it_waits_for(
    loads: tuple[LoadSettings, ...],
    below: str,
    sun_w: float,
    why: Why,
    needs_w: float,
    feed_in: bool,
) -> None:
    rig = LadderRig(ladder(*loads), sun_w=steady(sun_w), feed_in=feed_in)
    rig.run(400)
    assert said(rig, below) == {why}  # not one word a second
    rank = [load.id for load in loads].index(below)
    last = rig.decisions[-1]
    change = last.commands[rank].reason.change
    delay_s = loads[rank].drive.enable_delay_s
    if feed_in:
        assert change == Change(pytest.approx(needs_w, abs=10.0), delay_s)  # type: ignore[arg-type]
    else:
        above_w = 2000.0 if rank else 0.0
        lacks_w = above_w + loads[rank].drive.min_w - last.budget_w
        assert change is not None
        assert change.needs_w == pytest.approx(lacks_w, abs=1.0)


@pytest.mark.parametrize("sun_w", [400.0, 700.0, 1500.0, 2600.0])
def test_a_load_that_is_off_below_a_boosted_one_never_speaks_for_the_search(sun_w: float) -> None:
    rig = LadderRig(ladder(KNOB, TOWEL), sun_w=steady(sun_w), feed_in=False)
    rig.asks = (Request("1", "boiler", RequestKind.BOOST, lasts_s=3000.0),)
    rig.run(500)
    # It may give its reason for the one tick in which it is switched off.
    assert not said(rig, "towel") & (SEARCHING - {Why.STEP_BACK})


def test_who_runs_still_speaks_for_the_search() -> None:
    rig = LadderRig(ladder(KNOB, TOWEL), sun_w=steady(700.0))
    rig.run(300)
    assert rig.why("boiler") == Why.RIDING
