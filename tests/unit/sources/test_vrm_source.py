"""The portal as a source: ages, missing devices, refusals, and how often it is asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest

from pvopt.config.sources import Vrm
from pvopt.errors import SourceError
from pvopt.model import MISSING, Alarm, EssState, Instant, Site
from pvopt.sources.victron_vrm import VrmSource
from tests.http_standin import Reply, Standin
from tests.vrm_standin import PASSWORD, SITE, TOKEN, USER, Portal, bearer, home, record, vrm_standin

# Far ahead of any real date, so that the server's own clock does not matter.
NOW = 4_000_000_000.0
OLD_DATE = 1_000.0


class Hands:
    """A clock whose hands a test moves."""

    def __init__(self) -> None:
        self.instant = Instant(5000.0, NOW, True)

    def now(self) -> Instant:
        return self.instant

    def wait_until(self, mono_s: float) -> None:
        raise AssertionError("nobody waits on this clock")

    def pass_s(self, seconds: float) -> None:
        now = self.instant
        self.instant = Instant(now.mono_s + seconds, now.utc_s + seconds, now.utc_ok)


@pytest.fixture
def served() -> Iterator[tuple[Portal, Standin]]:
    with vrm_standin() as both:
        yield both


@pytest.fixture
def clock() -> Hands:
    return Hands()


def source(stand: Standin, clock: Hands, **changed: Any) -> VrmSource:
    settings: dict[str, Any] = {"token": TOKEN, "site_id": SITE, **changed}
    return VrmSource(Vrm(url=stand.url + "/v2", **settings), clock, threaded=False)


def polled(portal: Portal, stand: Standin, clock: Hands, rows: Any) -> Site:
    portal.rows = rows
    vrm = source(stand, clock)
    vrm.worker.run_once()
    site = vrm.read(clock.now(), 0.1).site
    assert site is not None
    return site


def fault_of(vrm: VrmSource, clock: Hands) -> str:
    with pytest.raises(SourceError) as caught:
        vrm.read(clock.now(), 0.1)
    return str(caught.value)


def test_a_whole_home(served: tuple[Portal, Standin], clock: Hands) -> None:
    site = polled(*served, clock, home(NOW - 40))
    assert [reading.value for reading in site.grid_phase_w] == [-1500, 1500, 20]
    assert site.grid_w.value == 20
    assert site.pv_w.value == 2100
    assert site.load_w.value == 400
    assert site.battery_w.value == -350
    assert site.battery_v.value == 52.1
    assert site.soc_pct.value == 98.0
    assert [(pv.id, pv.power_w.value, pv.limited) for pv in site.pv] == [
        ("solarcharger/288", 1200, True),
        ("solarcharger/289", 900, False),
    ]
    assert site.grid_up is True
    assert site.generator is False
    assert site.feed_in.dc_allowed is None


def test_each_number_has_the_age_of_its_record(
    served: tuple[Portal, Standin], clock: Hands
) -> None:
    rows = home(NOW - 40)
    rows[8]["timestamp"] -= 15  # the battery's power
    site = polled(*served, clock, rows)
    now_s = clock.now().mono_s
    assert site.grid_w.age_s(now_s) == pytest.approx(40)
    assert site.battery_w.age_s(now_s) == pytest.approx(55)
    assert site.at_s == pytest.approx(now_s - 55)


@pytest.mark.parametrize(("log_s", "allowed_s"), [(60, 150), (209, 299), (210, 300), (900, 300)])
def test_allowed_age_follows_the_log_interval(
    served: tuple[Portal, Standin], clock: Hands, log_s: int, allowed_s: float
) -> None:
    assert polled(*served, clock, home(NOW, log_s)).allowed_age_s == allowed_s


@pytest.mark.parametrize("sl", [None, "?", 0, 1e9])
def test_without_a_believable_log_interval_the_default_is_taken(
    served: tuple[Portal, Standin], clock: Hands, sl: Any
) -> None:
    portal, stand = served
    portal.rows = [record("", sl, NOW, code="sl"), *home(NOW)[1:]]
    vrm = source(stand, clock)
    vrm.worker.run_once()
    assert vrm.worker.latest is not None
    assert vrm.worker.latest.log_interval_s == 900


def test_records_known_by_code_alone(served: tuple[Portal, Standin], clock: Hands) -> None:
    rows = [
        record("", "-820 W", NOW, code="g1p"),
        record("", None, NOW, code="g2p", text="20 W"),
        record("", "1.2", NOW, code="bp", text="1.2 kW"),
        record("", 97, NOW, code="SOC"),
        record("", 640, NOW, 1, code="ScW"),
        record("", 360, NOW, 2, code="ScW"),
    ]
    site = polled(*served, clock, rows)
    assert site.grid_w.value == -800
    assert site.grid_phase_w[2] == MISSING
    assert site.soc_pct.value == 97
    assert site.pv_w.value == 1000
    assert [pv.limited for pv in site.pv] == [None, None]


def test_a_path_wins_over_a_code(served: tuple[Portal, Standin], clock: Hands) -> None:
    rows = [
        record("system/Ac/Grid/L1/Power", 100, NOW),
        record("", 999, NOW, code="g1"),
        record("grid/Ac/L1/Power", 777, NOW, code="g1p"),
    ]
    assert polled(*served, clock, rows).grid_w.value == 100


@pytest.mark.parametrize(
    ("left_out", "field", "expected"),
    [
        (0, "allowed_age_s", 300),
        (1, "grid_w.value", 1520),
        (4, "load_w.value", 50),
        (7, "pv_w.value", 2100),  # the chargers' own numbers take over
        (8, "battery_w.value", None),
        (9, "battery_v.value", None),
        (10, "soc_pct.value", None),
        (11, "pv_w.value", 2100),
        (16, "grid_up", None),
    ],
)
def test_any_record_may_be_missing(
    served: tuple[Portal, Standin], clock: Hands, left_out: int, field: str, expected: Any
) -> None:
    rows = home(NOW)
    del rows[left_out]
    assert attrgetter(field)(polled(*served, clock, rows)) == expected


def test_no_charger_no_battery_only_a_meter(served: tuple[Portal, Standin], clock: Hands) -> None:
    site = polled(*served, clock, [record("grid/Ac/L1/Power", -10, NOW, 30)])
    assert site.grid_w.value == -10
    assert (site.pv, site.pv_w, site.battery_w, site.soc_pct) == ((), MISSING, MISSING, MISSING)


def test_ac_coupled_pv_joins_the_sum(served: tuple[Portal, Standin], clock: Hands) -> None:
    rows = [
        record("system/Dc/Pv/Power", 500, NOW),
        record("system/Ac/PvOnOutput/L1/Power", 300, NOW),
        record("system/Ac/PvOnGrid/L2/Power", 200, NOW),
    ]
    assert polled(*served, clock, rows).pv_w.value == 1000


@pytest.mark.parametrize(("lag_s", "known"), [(180, True), (181, False)])
def test_a_phase_that_stopped_reporting_makes_the_sum_missing(
    served: tuple[Portal, Standin], clock: Hands, lag_s: int, known: bool
) -> None:
    """Two logs and a minute behind the newest, with a log each 60 s."""
    rows = home(NOW)
    rows[2]["timestamp"] -= lag_s
    site = polled(*served, clock, rows)
    assert (site.grid_w.value is not None) is known
    assert site.grid_phase_w[0].value == -1500


def test_a_device_removed_long_ago_does_not_count(
    served: tuple[Portal, Standin], clock: Hands
) -> None:
    rows = home(NOW)
    rows[3]["timestamp"] -= 8 * 86_400  # the third phase of a former meter
    assert polled(*served, clock, rows).grid_w.value == 0


def test_records_of_the_future_have_no_age_and_say_so(
    served: tuple[Portal, Standin], clock: Hands, caplog: pytest.LogCaptureFixture
) -> None:
    portal, stand = served
    portal.rows = home(NOW + 500)
    vrm = source(stand, clock)
    with caplog.at_level(logging.WARNING):
        vrm.worker.run_once()
    site = vrm.read(clock.now(), 0.1).site
    assert site is not None
    assert site.grid_w.age_s(clock.now().mono_s) == 0
    assert "future" in site.grid_w.origin
    assert "future" in caplog.text
    clock.pass_s(100)
    vrm.worker.run_once()
    again = vrm.read(clock.now(), 0.1).site
    assert again is not None
    assert again.at_s == site.at_s, "the same records do not become fresh by being read again"


def test_the_portal_s_clock_corrects_one_that_lags(
    served: tuple[Portal, Standin], clock: Hands
) -> None:
    """This machine believes it is a century earlier; the answer's Date knows better."""
    real = time.time()
    clock.instant = Instant(5000.0, OLD_DATE, True)
    site = polled(*served, clock, home(real - 100))
    assert site.grid_w.age_s(5000.0) == pytest.approx(100, abs=3)


def test_without_a_date_there_is_no_age_and_so_nothing(
    served: tuple[Portal, Standin], clock: Hands
) -> None:
    portal, stand = served
    portal.rows = home(NOW)
    vrm = source(stand, clock)
    clock.instant = Instant(10.0, 100.0, False)
    assert vrm.worker.run_once() <= 5
    assert "no true date" in fault_of(vrm, clock)
    assert stand.asked == []
    clock.instant = Instant(15.0, NOW, True)  # NTP set the clock: years in a second
    vrm.worker.run_once()
    site = vrm.read(clock.now(), 0.1).site
    assert site is not None
    assert site.at_s == 15.0


@pytest.mark.parametrize(
    "rows",
    [
        [],
        None,
        False,
        {},
        "none",
        [None, 5, "x", []],
        [{}],
        [{"timestamp": "x", "code": "bp", "rawValue": 5}],
        [record("vebus/State", 9, NOW)],
    ],
)
def test_answers_without_anything_to_control_by(
    served: tuple[Portal, Standin], clock: Hands, rows: Any
) -> None:
    portal, stand = served
    portal.rows = rows
    vrm = source(stand, clock)
    vrm.worker.run_once()
    assert "no record of grid, battery or panels" in fault_of(vrm, clock)


@pytest.mark.parametrize("raw", [[], {}, "nonsense", "", "NaN", 1e400, None, "∞ W"])
def test_what_is_no_number_is_missing_not_zero(
    served: tuple[Portal, Standin], clock: Hands, raw: Any
) -> None:
    rows = home(NOW)
    rows[8] = record("system/Dc/Battery/Power", raw, NOW, code="bp")
    assert polled(*served, clock, rows).battery_w.value is None


def test_all_pages_are_read(served: tuple[Portal, Standin], clock: Hands) -> None:
    filler = [record(f"vebus/Devices/{n}", 1, NOW) for n in range(1000)]
    site = polled(*served, clock, [*filler, *home(NOW)])
    assert site.battery_w.value == -350
    assert [asked.query["page"] for asked in served[1].asked] == [["1"], ["2"]]


CGWACS = "settings/Settings/CGwacs/"


@pytest.mark.parametrize(
    ("rows", "field", "expected"),
    [
        ({"system/Ac/ActiveIn/Source": 240}, "ess_state", EssState.ISLAND),
        ({"system/Ac/ActiveIn/Source": 240}, "grid_up", False),
        ({"system/Ac/ActiveIn/Source": 2}, "generator", True),
        ({"vebus/State": 8}, "ess_state", EssState.PASS_THROUGH),
        ({"vebus/State": 2}, "ess_state", EssState.FAULT),
        ({"vebus/Mode": 1}, "ess_state", EssState.CHARGER_ONLY),
        ({"system/SystemState/State": 258}, "ess_state", EssState.RECHARGE),
        ({"system/SystemState/State": 259}, "ess_state", EssState.SCHEDULED),
        ({CGWACS + "Hub4Mode": 3}, "ess_state", EssState.EXTERNAL),
        ({CGWACS + "Hub4Mode": 1}, "summed_metering", True),
        ({CGWACS + "Hub4Mode": 2}, "summed_metering", False),
        ({}, "summed_metering", None),
        ({CGWACS + "BatteryLife/State": 9}, "ess_state", EssState.KEEP_CHARGED),
        ({CGWACS + "BatteryLife/State": 8}, "ess_state", EssState.RECHARGE),
        ({CGWACS + "BatteryLife/State": 10}, "ess_state", EssState.OPTIMIZED),
        ({}, "ess_state", EssState.UNKNOWN),
        ({CGWACS + "OvervoltageFeedIn": 0}, "feed_in.dc_allowed", False),
        ({CGWACS + "PreventFeedback": 0}, "feed_in.ac_allowed", True),
        ({CGWACS + "MaxFeedInPower": -1}, "feed_in.cap_w", None),
        ({CGWACS + "MaxFeedInPower": 0}, "feed_in.cap_w", 0),
        ({CGWACS + "AcPowerSetPoint": 50}, "grid_setpoint_w.value", 50),
        ({CGWACS + "BatteryLife/MinimumSocLimit": 20}, "limits.ess_min_soc_pct", 20),
        ({"battery/Info/MaxChargeCurrent": 10}, "limits.charge_w", 521),
        ({"vebus/Alarms/Overload": 2}, "alarms", (Alarm.OVERLOAD,)),
        ({"vebus/Alarms/Overload": 1}, "alarms", ()),
        ({"battery/Alarms/InternalFailure": 2}, "alarms", (Alarm.BMS,)),
        ({"vebus/Ac/Out/L1/P": 900, "vebus/Ac/ActiveIn/L1/P": 200}, "inverter_out_w.value", 700),
        ({"vebus/Ac/Out/L1/P": 100, "vebus/Ac/ActiveIn/L1/P": 200}, "inverter_out_w.value", 0),
        ({"vebus/Ac/Out/L1/P": 900}, "inverter_out_w", MISSING),
    ],
)
def test_states_settings_limits_and_alarms(
    served: tuple[Portal, Standin],
    clock: Hands,
    rows: dict[str, float],
    field: str,
    expected: Any,
) -> None:
    plain = home(NOW)[:-2]  # without the inverter's state and the active input
    more = [record(key, number, NOW, 276) for key, number in rows.items()]
    assert attrgetter(field)(polled(*served, clock, [*plain, *more])) == expected


def test_settings_are_logged_when_they_change_so_their_age_says_nothing(
    served: tuple[Portal, Standin], clock: Hands
) -> None:
    old = NOW - 90 * 86_400
    rows = [
        *home(NOW),
        record(CGWACS + "AcPowerSetPoint", -50, old),
        record("vebus/Alarms/Overload", 2, old, 276),
    ]
    site = polled(*served, clock, rows)
    assert site.grid_setpoint_w.value == -50
    assert site.grid_setpoint_w.age_s(clock.now().mono_s) == 0
    assert site.alarms == (Alarm.OVERLOAD,), "an alarm holds until its record changes"


def test_the_last_alarm_of_a_device_that_is_gone_does_not_count(
    served: tuple[Portal, Standin], clock: Hands
) -> None:
    rows = [*home(NOW), record("vebus/Alarms/Overload", 2, NOW - 90 * 86_400, 257)]
    assert polled(*served, clock, rows).alarms == ()


# --- who we are ---


def test_access_token_header(served: tuple[Portal, Standin], clock: Hands) -> None:
    polled(*served, clock, home(NOW))
    assert served[1].asked[0].headers["X-Authorization"] == f"Token {TOKEN}"


def test_a_refused_token_says_what_to_do_and_is_not_tried_for_minutes(
    served: tuple[Portal, Standin], clock: Hands
) -> None:
    vrm = source(served[1], clock, token="stale")
    assert vrm.worker.run_once() >= 600
    assert "Access tokens" in fault_of(vrm, clock)
    assert "stale" not in fault_of(vrm, clock)
    assert len(served[1].asked) == 1


def login_source(stand: Standin, clock: Hands) -> VrmSource:
    return source(stand, clock, token="", user=USER, password=PASSWORD)


def test_json_login_and_renewal_before_the_token_ends(
    served: tuple[Portal, Standin], clock: Hands
) -> None:
    portal, stand = served
    portal.rows = home(NOW)
    first = bearer(NOW + 3600)
    portal.login, portal.valid = Reply(body={"token": first}), f"Bearer {first}"
    vrm = login_source(stand, clock)
    vrm.worker.run_once()
    assert stand.asked[0].json == {"username": USER, "password": PASSWORD}
    clock.pass_s(3600 - 121)
    vrm.worker.run_once()
    assert stand.paths().count("/v2/auth/login") == 1
    clock.pass_s(2)
    vrm.worker.run_once()
    assert stand.paths().count("/v2/auth/login") == 2
    assert vrm.worker.fault == ""


def test_a_401_brings_exactly_one_new_login(served: tuple[Portal, Standin], clock: Hands) -> None:
    portal, stand = served
    portal.rows = home(NOW)
    first, second = bearer(NOW + 9e6, 1), bearer(NOW + 9e6, 2)
    portal.login, portal.valid = Reply(body={"token": first}), f"Bearer {first}"
    vrm = login_source(stand, clock)
    vrm.worker.run_once()
    portal.login, portal.valid = Reply(body={"token": second}), f"Bearer {second}"
    vrm.worker.run_once()
    assert vrm.worker.fault == ""
    assert stand.paths().count("/v2/auth/login") == 2


def test_a_second_401_is_the_end_of_it(served: tuple[Portal, Standin], clock: Hands) -> None:
    portal, stand = served
    vrm = login_source(stand, clock)
    assert vrm.worker.run_once() >= 600
    assert "refused us again after a new login" in fault_of(vrm, clock)
    assert stand.paths().count("/v2/auth/login") == 2
    assert portal.valid not in fault_of(vrm, clock)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, {"token": None, "idUser": 22, "verification_mode": "totp"}),
        Reply(200, {"token": None, "verification_mode": "sms", "verification_sent": True}),
        Reply(401, {"success": False, "errors": "2FA token must be included"}),
        Reply(401, {"success": False, "errors": {"sms_token": "required"}}),
    ],
)
def test_two_factor_authentication(
    served: tuple[Portal, Standin], clock: Hands, reply: Reply
) -> None:
    portal, stand = served
    portal.login = reply
    vrm = login_source(stand, clock)
    assert vrm.worker.run_once() >= 600
    words = fault_of(vrm, clock)
    assert "two-factor" in words
    assert "VRM → Preferences → Integrations → Access tokens" in words
    assert len(stand.asked) == 1


def test_a_wrong_password(served: tuple[Portal, Standin], clock: Hands) -> None:
    portal, stand = served
    echo = f"no such login {USER}:{PASSWORD}"
    portal.login = Reply(401, {"success": False, "errors": echo})
    vrm = login_source(stand, clock)
    vrm.worker.run_once()
    words = fault_of(vrm, clock)
    assert "refused user or password" in words
    assert PASSWORD not in words


def test_no_credentials(served: tuple[Portal, Standin], clock: Hands) -> None:
    vrm = source(served[1], clock, token="")
    vrm.worker.run_once()
    assert "neither an access token nor" in fault_of(vrm, clock)
    assert served[1].asked == []


# --- which installation ---


@pytest.mark.parametrize("package", [True, False], ids=["victron-vrm", "requests"])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_installation_is_found_when_there_is_one(
    served: tuple[Portal, Standin],
    clock: Hands,
    monkeypatch: pytest.MonkeyPatch,
    package: bool,
    count: int,
) -> None:
    if package:
        pytest.importorskip("victron_vrm")
    else:
        monkeypatch.setitem(__import__("sys").modules, "victron_vrm", None)
    portal, stand = served
    portal.rows = home(NOW)
    portal.sites = [full_site(SITE, "Home"), full_site(99, "Cabin")][:count]
    vrm = source(stand, clock, site_id=None)
    vrm.worker.run_once()
    agents = {asked.headers.get("User-Agent", "").split("/")[0] for asked in stand.asked}
    assert ("VictronVRMClient" in agents) is package
    if count == 1:
        assert vrm.read(clock.now(), 0.1).site is not None
        vrm.worker.run_once()
        assert stand.paths().count("/v2/users/me") == 1
    else:
        words = fault_of(vrm, clock)
        assert "no installation" in words if count == 0 else f"{SITE} (Home), 99 (Cabin)" in words


def full_site(number: int, name: str) -> dict[str, Any]:
    """All that the package insists on."""
    return {
        "idSite": number,
        "name": name,
        "identifier": "c0619ab00000",
        "timezone": "Europe/Zurich",
        "geofenceEnabled": False,
        "realtimeUpdates": True,
        "hasMains": 1,
        "hasGenerator": 0,
        "alarmMonitoring": 1,
        "invalidVRMAuthTokenUsedInLogRequest": 0,
        "syscreated": 1_600_000_000,
        "shared": False,
    }


def test_a_site_the_package_cannot_read_is_read_by_requests(
    served: tuple[Portal, Standin], clock: Hands
) -> None:
    portal, stand = served
    portal.rows = home(NOW)
    portal.sites = [{"idSite": str(SITE), "name": None, "odd": True}]
    vrm = source(stand, clock, site_id=None)
    vrm.worker.run_once()
    assert vrm.read(clock.now(), 0.1).site is not None


# --- when it goes wrong, and how often it is asked ---


@pytest.mark.parametrize(
    ("reply", "words", "least_s", "most_s"),
    [
        (Reply(429, {"success": False}, {"Retry-After": "47"}), "429", 47, 47),
        (Reply(429, b"slow down", {}), "429", 60, 60),
        (Reply(429, b"", {"Retry-After": "99999"}), "429", 3600, 3600),
        (Reply(500, {"success": False, "errors": "oops"}), "oops", 15, 15),
        (Reply(502, b"<html>bad gateway</html>"), "502", 15, 15),
        (Reply(503, b"", {"Retry-After": "120"}), "503", 120, 120),
        (Reply(200, b"<html>maintenance</html>"), "web page", 15, 15),
        (Reply(200, {"success": False, "errors": "no data"}), "no data", 15, 15),
        (Reply(200, []), "not what its interface promises", 15, 15),
        (Reply(403, {"success": False}), "no access", 900, 900),
        (Reply(404, {"success": False}), "does not know", 900, 900),
        (Reply(fail="reset"), "connection broke", 15, 15),
        (Reply(body={"a": 1}, fail="half"), "connection broke", 15, 15),
    ],
)
def test_bad_answers(
    served: tuple[Portal, Standin],
    clock: Hands,
    reply: Reply,
    words: str,
    least_s: float,
    most_s: float,
) -> None:
    portal, stand = served
    portal.rows = home(NOW)
    portal.replies["diagnostics"] = [reply]
    vrm = source(stand, clock)
    assert least_s <= vrm.worker.run_once() <= most_s
    assert words in fault_of(vrm, clock)
    vrm.worker.run_once()
    assert vrm.read(clock.now(), 0.1).site is not None, "the next good answer heals it"


def test_a_fault_keeps_the_last_numbers_until_they_are_too_old(
    served: tuple[Portal, Standin], clock: Hands
) -> None:
    portal, stand = served
    portal.rows = home(NOW)
    vrm = source(stand, clock)
    vrm.worker.run_once()
    portal.replies["diagnostics"] = [Reply(500)] * 20
    clock.pass_s(149)
    vrm.worker.run_once()
    assert vrm.read(clock.now(), 0.1).site is not None
    clock.pass_s(2)
    assert "500" in fault_of(vrm, clock)


def test_faults_are_spaced_further_and_further(
    served: tuple[Portal, Standin], clock: Hands
) -> None:
    portal, stand = served
    portal.replies["diagnostics"] = [Reply(500)] * 20
    vrm = source(stand, clock)
    waits = [vrm.worker.run_once() for _ in range(7)]
    assert waits == [15, 30, 60, 120, 240, 300, 300]


@pytest.mark.parametrize(
    ("log_s", "age_s", "expected_s"),
    [(60, 10, 58), (60, 50, 18), (60, 66, 15), (900, 100, 808), (900, 907, 15)],
)
def test_the_next_poll_waits_for_the_next_log(
    served: tuple[Portal, Standin], clock: Hands, log_s: int, age_s: float, expected_s: float
) -> None:
    portal, stand = served
    portal.rows = home(NOW - age_s, log_s)
    assert source(stand, clock).worker.run_once() == pytest.approx(expected_s)


def test_a_gx_that_logs_no_more_is_asked_less_and_less(
    served: tuple[Portal, Standin], clock: Hands
) -> None:
    portal, stand = served
    portal.rows = home(NOW - 70)
    vrm = source(stand, clock)
    waits = []
    for _ in range(40):
        waits.append(vrm.worker.run_once())
        clock.pass_s(waits[-1])
    assert waits[0] == 15
    assert waits[-1] == 300
    assert sorted(waits) == waits


def test_read_never_waits_for_the_portal(served: tuple[Portal, Standin], clock: Hands) -> None:
    portal, stand = served
    portal.replies["diagnostics"] = [Reply(fail="hang")]
    vrm = VrmSource(Vrm(url=stand.url + "/v2", token=TOKEN, site_id=SITE), clock)
    start = time.monotonic()
    assert "not read yet" in fault_of(vrm, clock)
    assert time.monotonic() - start < 0.5
    stand.ended.set()
    vrm.close()
