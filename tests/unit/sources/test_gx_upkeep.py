"""What is sent to a GX, and when what it told is all there is."""

from __future__ import annotations

import json

import pytest

from pvopt.sources.gx_topics import filters, root
from pvopt.sources.gx_upkeep import AGAIN_S, FULL_S, KEEP_S, NO_ECHO_S, SPARE, Upkeep
from tests.mqtt_gx import BEAT_S, ECHO, LIVES_S, PORTAL, GxLink


class Rig:
    """A link with its GX, looked at each second."""

    def __init__(self) -> None:
        self.link = GxLink()
        self.link.gx.numbers = {"system/0/Ac/Grid/L1/Power": 100}
        self.upkeep = Upkeep(self.link)
        self.cell = self.link.cell(root(PORTAL) + "#", filters(PORTAL))
        self.now_s = 100.0
        self.link.at(self.now_s)
        self.link.connect()

    def look(self, seconds: float = 1.0) -> float | None:
        for _ in range(round(seconds)):
            self.now_s += 1.0
            self.link.at(self.now_s)
            beat = self.cell.live(root(PORTAL) + "heartbeat")
            heard_s = -1.0 if beat is None else beat.at_s
            self.upkeep.keep(PORTAL, self.cell, heard_s, self.now_s)
        return self.upkeep.whole_since_s

    @property
    def wholes(self) -> int:
        """How often all was asked for."""
        return sum(payload != SPARE for _, payload in self.link.sent)


def test_all_is_asked_for_once_and_then_only_that_it_goes_on() -> None:
    rig = Rig()
    assert rig.look() is None
    assert rig.look() == 101.0
    assert rig.look(KEEP_S - 2) == 101.0
    assert len(rig.link.sent) == 1
    rig.look()
    assert rig.link.sent[1:] == [(f"R/{PORTAL}/keepalive", SPARE)]
    rig.look(200)
    assert rig.wholes == rig.link.gx.full == 1
    assert len(rig.link.sent) == 10


def test_a_gx_is_never_left_without_for_so_long_that_it_ends() -> None:
    rig = Rig()
    for _ in range(700):
        rig.look()
        assert rig.link.gx.alive_until_s - rig.now_s >= LIVES_S - KEEP_S


def test_now_and_then_all_is_asked_for_again() -> None:
    rig = Rig()
    rig.look(2)
    assert rig.look(FULL_S - 2) == 101.0
    assert rig.wholes == 1
    rig.look(2)
    assert rig.wholes == 2
    assert rig.upkeep.whole_since_s == 101.0 + FULL_S


def test_a_new_connection_begins_anew() -> None:
    rig = Rig()
    rig.look(5)
    rig.link.lose()
    assert rig.look(3) == 101.0
    rig.link.connect()
    assert rig.look() is None
    assert rig.look() == 109.0
    assert rig.wholes == 2


def test_a_gx_that_had_ended_is_asked_for_all() -> None:
    """It changed, perhaps, while it told nothing."""
    rig = Rig()
    rig.look(5)
    rig.link.gx.beats = False
    assert rig.look(9) == 101.0
    assert rig.look() is None
    rig.look(4 * AGAIN_S)
    assert rig.wholes == 1 + 5
    rig.link.gx.beats = True
    rig.look(BEAT_S + AGAIN_S)
    assert rig.upkeep.whole_since_s is not None
    assert rig.upkeep.whole_since_s > 130


def test_a_loop_that_slept_asks_for_all() -> None:
    rig = Rig()
    rig.look(5)
    rig.now_s += 56.0
    assert rig.look() is None
    assert rig.look() == 162.0
    assert rig.wholes == 2


def test_while_nothing_is_complete_it_is_asked_for_again_each_5_s() -> None:
    rig = Rig()
    rig.link.gx.completes = False
    assert rig.look(4 * AGAIN_S) is None
    assert rig.wholes == 4
    assert len({payload for _, payload in rig.link.sent}) == 4


def test_what_somebody_else_wanted_is_not_ours() -> None:
    """Another client's full publication ends while ours has not begun."""
    rig = Rig()
    rig.link.gx.completes = False
    rig.look()
    for echo in ({}, {ECHO: "theirs"}):
        rig.link.arrive(f"{root(PORTAL)}full_publish_completed", json.dumps({"value": 1, **echo}))
        assert rig.look() is None
    ours = json.loads(rig.link.sent[0][1])["keepalive-options"][0]
    rig.link.arrive(f"{root(PORTAL)}full_publish_completed", json.dumps({"value": 1, **ours}))
    assert rig.look() == 101.0


def test_what_ended_before_we_asked_is_not_ours() -> None:
    rig = Rig()
    rig.link.gx.completes = False
    rig.link.arrive(f"{root(PORTAL)}full_publish_completed", '{"value": 1}')
    assert rig.look(4 * AGAIN_S) is None


def test_older_firmware_echoes_nothing_and_is_believed_a_little_later() -> None:
    rig = Rig()
    rig.link.gx.echoes = False
    assert rig.look(NO_ECHO_S) is None
    assert rig.look() == 101.0


@pytest.mark.parametrize(
    "payload", ["", "x", "[]", '{"value": 1, "full-publish-completed-echo": 7}']
)
def test_rubbish_in_the_place_of_the_end_is_no_echo(payload: str) -> None:
    rig = Rig()
    rig.link.gx.completes = False
    rig.look()
    rig.link.arrive(f"{root(PORTAL)}full_publish_completed", payload)
    assert rig.look() is None


def test_what_could_not_be_sent_is_sent_at_the_next_look() -> None:
    rig = Rig()
    rig.link.takes = False
    assert rig.look(3) is None
    rig.link.takes = True
    rig.look(2)
    assert rig.upkeep.whole_since_s == 104.0
