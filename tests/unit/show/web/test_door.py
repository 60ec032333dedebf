"""Who may come in, and how often one may guess. Time is moved by hand."""

from __future__ import annotations

import pytest

from pvopt.show.web import door
from pvopt.show.web.door import Door, Role

TOKEN = "the-token-of-the-tablet"


class Rig:
    def __init__(self) -> None:
        self.now_s = 1000.0
        self.tried = 0
        self.door = Door(self.fits, TOKEN, lambda: self.now_s)

    def fits(self, password: str) -> bool:
        self.tried += 1
        return password == "right"

    def wrong(self, times: int, address: str = "10.0.0.1") -> None:
        for _ in range(times):
            assert self.door.login(address, "wrong") is None


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_without_a_password_everybody_is_the_owner() -> None:
    open_door = Door(None, "", lambda: 0.0)
    session = open_door.session("")
    assert session is not None
    assert session.role == Role.OWNER
    assert len(session.csrf) > 20
    assert open_door.link("10.0.0.1", "") is None
    assert open_door.login("1.2.3.4", "") is None


def test_the_password_opens_a_session_that_has_a_token_of_its_own(rig: Rig) -> None:
    one, other = rig.door.login("10.0.0.1", "right"), rig.door.login("10.0.0.1", "right")
    assert one and other and one != other
    first, second = rig.door.session(one), rig.door.session(other)
    assert first is not None and second is not None
    assert first.role == Role.OWNER
    assert first.csrf != second.csrf
    assert rig.door.session("") is None
    assert rig.door.session(one + "x") is None


def test_a_session_ends_when_it_is_left_or_not_used(rig: Rig) -> None:
    key = rig.door.login("10.0.0.1", "right") or ""
    rig.now_s += door.LASTS_S
    assert rig.door.session(key) is not None  # used again
    rig.now_s += door.LASTS_S + 1.0
    assert rig.door.session(key) is None
    key = rig.door.login("10.0.0.1", "right") or ""
    rig.door.leave(key)
    assert rig.door.session(key) is None


def test_of_many_sessions_the_one_used_longest_ago_ends(rig: Rig) -> None:
    keys = []
    for _ in range(door.MOST_SESSIONS + 1):
        rig.now_s += 1.0
        keys.append(rig.door.login("10.0.0.1", "right") or "")
    assert rig.door.session(keys[0]) is None
    assert rig.door.session(keys[1]) is not None


def test_five_wrong_ones_and_then_a_pause_that_doubles(rig: Rig) -> None:
    rig.wrong(door.FREE_TRIES - 1)
    assert rig.door.wait_s("10.0.0.1") == 0.0
    rig.wrong(1)
    assert rig.door.wait_s("10.0.0.1") == door.FIRST_WAIT_S
    assert rig.door.login("10.0.0.1", "right") is None, "the right one has to wait, too"
    assert rig.tried == door.FREE_TRIES
    rig.now_s += door.FIRST_WAIT_S - 0.1
    assert rig.door.wait_s("10.0.0.1") > 0.0
    rig.now_s += 0.2
    rig.wrong(1)
    assert rig.door.wait_s("10.0.0.1") == 2.0 * door.FIRST_WAIT_S
    rig.now_s += door.LONGEST_WAIT_S
    assert rig.door.login("10.0.0.1", "right")
    assert rig.door.wait_s("10.0.0.1") == 0.0


def test_the_pause_has_an_end(rig: Rig) -> None:
    for _ in range(12):
        rig.now_s += door.LONGEST_WAIT_S + 1.0
        rig.wrong(1)
    assert rig.door.wait_s("10.0.0.1") == door.LONGEST_WAIT_S


def test_others_do_not_wait_for_a_guesser(rig: Rig) -> None:
    rig.wrong(door.FREE_TRIES)
    assert rig.door.wait_s("10.0.0.2") == 0.0
    assert rig.door.login("10.0.0.2", "right")


def test_a_net_of_ipv6_is_one_guesser(rig: Rig) -> None:
    for k in range(door.FREE_TRIES):
        rig.wrong(1, f"2001:db8::{k + 1}")
    assert rig.door.wait_s("2001:db8::99") > 0.0
    assert rig.door.wait_s("2001:db8:0:1::1") == 0.0


def test_many_addresses_together_are_slowed_down(rig: Rig) -> None:
    for k in range(door.ALL_TRIES):
        rig.wrong(1, f"10.1.0.{k}")
    assert rig.door.wait_s("10.2.0.1") > 0.0
    rig.now_s += door.ALL_S
    assert rig.door.wait_s("10.2.0.1") == 0.0


def test_what_is_remembered_of_guessers_is_bounded(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "MOST_ADDRESSES", 20)
    for k in range(50):
        rig.now_s += door.ALL_S
        rig.wrong(1, f"10.{k}.0.1")
    assert len(rig.door._tries) <= 20 + 1


def test_the_link_lets_look_and_nothing_else(rig: Rig) -> None:
    key = rig.door.link("10.0.0.1", TOKEN)
    assert key
    session = rig.door.session(key)
    assert session is not None
    assert session.role == Role.LOOKS
    assert rig.door.link("10.0.0.1", TOKEN + "x") is None
    assert rig.door.link("10.0.0.1", "") is None
    assert Door(rig.fits, "", lambda: 0.0).link("10.0.0.1", "") is None


def test_those_who_only_look_drive_no_owner_out(rig: Rig) -> None:
    owner = rig.door.login("10.0.0.1", "right") or ""
    keys = []
    for _ in range(2 * door.MOST_SESSIONS):
        rig.now_s += 1.0
        keys.append(rig.door.link("10.0.0.1", TOKEN) or "")
    assert rig.door.session(owner) is not None
    assert rig.door.session(keys[0]) is None
    assert rig.door.session(keys[-1]) is not None


def test_wrong_links_and_tokens_wait_as_wrong_passwords_do(rig: Rig) -> None:
    for _ in range(door.FREE_TRIES):
        assert rig.door.wait_s("10.0.0.1") == 0.0
        assert rig.door.link("10.0.0.1", TOKEN + "x") is None
    assert rig.door.wait_s("10.0.0.1") == door.FIRST_WAIT_S
    assert rig.door.link("10.0.0.1", TOKEN) is None  # nor may it go on guessing
    assert not rig.door.passes("10.0.0.1", True)
    assert rig.door.login("10.0.0.1", "right") is None
    assert rig.door.link("10.0.0.2", TOKEN) is not None
    rig.now_s += door.FIRST_WAIT_S
    assert rig.door.link("10.0.0.1", TOKEN) is not None


def test_a_right_link_forgives_no_wrong_passwords(rig: Rig) -> None:
    rig.wrong(door.FREE_TRIES - 1)
    assert rig.door.link("10.0.0.1", TOKEN) is not None
    rig.wrong(1)
    assert rig.door.wait_s("10.0.0.1") == door.FIRST_WAIT_S
