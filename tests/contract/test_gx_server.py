"""The simulated GX on real sockets: Victron's answers, and a source that sees the home in them."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pymodbus.client import ModbusTcpClient

from pvopt.config.sources import GxModbus
from pvopt.errors import SourceError
from pvopt.model import Instant, PvDevice, Reading, Site
from pvopt.simulator.adapters import SimSource
from pvopt.simulator.gx_server import GxServer
from pvopt.simulator.home import HomeControls, HomeInputs, HomeParams, HomeState
from pvopt.simulator.world import World
from pvopt.sources.victron_modbus import GxModbusSource
from tests.unit.simulator.homes import SUNNY, instant_of, steady_world

HOST = "127.0.0.1"


class Rig:
    def __init__(self, world: World) -> None:
        self.world = world
        self.server = GxServer(HOST, 0)
        self.server.follow(world)
        self.port = self.server.start()

    def client(self) -> ModbusTcpClient:
        client = ModbusTcpClient(HOST, port=self.port, timeout=2, retries=0)
        assert client.connect()  # type: ignore[no-untyped-call]
        return client

    def wire(self) -> socket.socket:
        wire = socket.create_connection((HOST, self.port), timeout=2.0)
        wire.settimeout(2.0)
        return wire


@pytest.fixture
def rig() -> Iterator[Rig]:
    made = Rig(steady_world())
    yield made
    made.server.stop()


@pytest.fixture
def client(rig: Rig) -> Iterator[ModbusTcpClient]:
    made = rig.client()
    yield made
    made.close()  # type: ignore[no-untyped-call]


def frame(pdu: bytes, unit: int = 100, transaction: int = 1) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu


def reply(wire: socket.socket) -> bytes:
    head = exactly(wire, 7)
    return head + exactly(wire, int.from_bytes(head[4:6]) - 1)


def exactly(wire: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        piece = wire.recv(count - len(got))
        if not piece:
            raise EOFError
        got += piece
    return got


READ_840 = struct.pack(">BHH", 3, 840, 7)


class TestAnswers:
    def test_functions_3_and_4_are_the_same(self, client: ModbusTcpClient) -> None:
        holding = client.read_holding_registers(840, count=7, device_id=100)
        inputs = client.read_input_registers(840, count=7, device_id=100)
        assert holding.registers == inputs.registers
        assert holding.registers[3] == 97

    def test_unit_0_is_unit_100(self, client: ModbusTcpClient) -> None:
        one = client.read_holding_registers(800, count=6, device_id=0)
        other = client.read_holding_registers(800, count=6, device_id=100)
        assert one.registers == other.registers

    @pytest.mark.parametrize(
        ("unit", "address", "count", "code"),
        [
            (100, 799, 1, 0x02),  # unknown register
            (77, 799, 1, 0x02),  # ... is looked at before the unit
            (77, 840, 1, 0x0A),  # unknown unit
            (228, 31, 1, 0x0A),  # a device that is not here
            (100, 771, 1, 0x0A),  # a register of another kind of device
            (226, 771, 24, 0x02),  # past a range's end
            (226, 793, 2, 0x02),
            (100, 918, 3, 0x02),
            (100, 828, 100, 0x02),
            (100, 2900, 5, 0x02),
        ],
    )
    def test_exceptions(
        self, client: ModbusTcpClient, unit: int, address: int, count: int, code: int
    ) -> None:
        answer = client.read_holding_registers(address, count=count, device_id=unit)
        assert answer.isError()
        assert answer.exception_code == code

    def test_the_last_registers_before_a_gap(self, client: ModbusTcpClient) -> None:
        assert not client.read_holding_registers(771, count=23, device_id=226).isError()
        assert not client.read_holding_registers(917, count=3, device_id=100).isError()

    def test_120_registers_in_one_read(self, client: ModbusTcpClient) -> None:
        answer = client.read_holding_registers(800, count=120, device_id=100)
        assert len(answer.registers) == 120

    def test_missing_reads_0_and_reserved_reads_ffff(self, client: ModbusTcpClient) -> None:
        assert client.read_holding_registers(823, count=3, device_id=100).registers == [0, 0, 0]
        filler = client.read_holding_registers(827, count=3, device_id=100).registers
        assert filler == [0xFFFF] * 3

    def test_settings_and_the_ess_service_lie_side_by_side(self, client: ModbusTcpClient) -> None:
        assert not client.read_holding_registers(2700, count=10, device_id=100).isError()

    @pytest.mark.parametrize("count", [0, 126, 0xFFFF])
    def test_bad_quantity(self, rig: Rig, count: int) -> None:
        with rig.wire() as wire:
            wire.sendall(frame(struct.pack(">BHH", 3, 800, count)))
            assert reply(wire)[7:] == bytes((0x83, 0x03))

    @pytest.mark.parametrize("function", [1, 2, 5, 7, 15, 23, 43])
    def test_other_functions(self, rig: Rig, function: int) -> None:
        with rig.wire() as wire:
            wire.sendall(frame(bytes((function, 0, 0, 0, 1))))
            assert reply(wire)[7:] == bytes((function | 0x80, 0x01))

    def test_nothing_can_be_written(self, client: ModbusTcpClient) -> None:
        assert client.write_register(2700, 500, device_id=100).exception_code == 0x02
        assert client.write_registers(2716, [0, 500], device_id=100).exception_code == 0x02
        assert client.read_holding_registers(2700, count=1, device_id=100).registers == [0]

    def test_values_renew_with_the_home(self, rig: Rig, client: ModbusTcpClient) -> None:
        before = client.read_holding_registers(817, count=1, device_id=100).registers
        rig.world.controls = HomeControls(True, 50.0)
        rig.world.advance(1.0)
        after = client.read_holding_registers(817, count=1, device_id=100).registers
        assert (before, after) == ([350], [1350])


class TestWire:
    def test_frames_in_pieces(self, rig: Rig) -> None:
        with rig.wire() as wire:
            for octet in frame(READ_840):
                wire.sendall(bytes((octet,)))
            assert reply(wire)[7:9] == bytes((3, 14))

    def test_pipelined_frames_are_answered_in_order(self, rig: Rig) -> None:
        with rig.wire() as wire:
            wire.sendall(b"".join(frame(READ_840, transaction=k) for k in range(50)))
            assert [int.from_bytes(reply(wire)[:2]) for _ in range(50)] == list(range(50))

    def test_the_protocol_id_is_ignored(self, rig: Rig) -> None:
        with rig.wire() as wire:
            wire.sendall(struct.pack(">HHHB", 9, 0x1234, 6, 100) + READ_840)
            assert reply(wire)[:2] == b"\0\x09"

    @pytest.mark.parametrize(
        "garbage",
        [
            b"GET / HTTP/1.1\r\nHost: gx\r\n\r\n",
            b"\xff" * 600,
            b"\0\1\0\0\0\0\0",
            b"\0\1\0\0\0\1\x64",
            frame(b"\x03\x03"),
            frame(b"\x03"),
        ],
    )
    def test_garbage_ends_at_most_its_own_connection(self, rig: Rig, garbage: bytes) -> None:
        with rig.wire() as good, rig.wire() as bad:
            bad.sendall(garbage)
            for _ in range(2):
                good.sendall(frame(READ_840))
                assert reply(good)[7] == 3

    def test_a_client_that_vanishes(self, rig: Rig) -> None:
        wire = rig.wire()
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.sendall(frame(READ_840)[:5])
        wire.close()  # a reset, in the middle of a frame
        with rig.wire() as other:
            other.sendall(frame(READ_840))
            assert reply(other)[7] == 3

    def test_many_connections_at_once(self, rig: Rig) -> None:
        wires = [rig.wire() for _ in range(60)]
        for wire in wires:
            wire.sendall(frame(READ_840))
        assert {reply(wire)[7] for wire in wires} == {3}
        for wire in wires:
            wire.close()

    def test_a_client_that_never_reads_does_not_stop_the_others(self, rig: Rig) -> None:
        big = frame(struct.pack(">BHH", 3, 800, 120))
        with rig.wire() as deaf, rig.wire() as other:
            deaf.setblocking(False)
            try:
                for _ in range(100_000):
                    deaf.send(big * 20)
            except OSError:  # full, or closed for it
                pass
            other.sendall(frame(READ_840))
            assert reply(other)[7] == 3

    def test_stop_is_idempotent_and_frees_the_port(self) -> None:
        rig = Rig(steady_world())
        rig.server.stop()
        rig.server.stop()
        again = GxServer(HOST, rig.port)
        assert again.start() == rig.port
        again.stop()

    def test_a_taken_port_is_said(self, rig: Rig) -> None:
        second = GxServer(HOST, rig.port)
        with pytest.raises(SourceError, match=f"cannot listen on {HOST}:{rig.port}"):
            second.start()
        second.stop()


COUPLED = HomeParams(pv_ac_rated_w=4000.0, ac_feed_in=False, charger_a_rated_w=0.0)
HOMES: dict[str, Callable[[], World]] = {
    "throttled": steady_world,
    "tracking": lambda: steady_world(SUNNY._replace(load_l1_w=2900.0)),
    "night": lambda: steady_world(HomeInputs(load_l1_w=437.4)),
    "importing": lambda: steady_world(SUNNY._replace(load_l1_w=5000.6)),
    "feed-in": lambda: steady_world(params=HomeParams(dc_feed_in=True)),
    "capped": lambda: steady_world(params=HomeParams(dc_feed_in=True, feed_in_cap_w=800.0)),
    "set-point": lambda: steady_world(params=HomeParams(grid_setpoint_w=-50.0)),
    "three phases": lambda: steady_world(
        SUNNY._replace(load_l2_w=600.0, load_l3_w=70.0), HomeParams(phases=3)
    ),
    "cold at 40 %": lambda: steady_world(
        SUNNY._replace(battery_c=2.0), state=HomeState(soc_pct=40.0)
    ),
    "at the minimum": lambda: steady_world(
        HomeInputs(pv_a_w=200.0, load_l1_w=800.0), state=HomeState(soc_pct=15.0, sustain=True)
    ),
    "two chargers": lambda: steady_world(
        HomeInputs(pv_a_w=1000.0, pv_b_w=900.0, load_l1_w=900.0),
        HomeParams(charger_a_rated_w=2500.0, charger_b_rated_w=2500.0),
    ),
    "AC-coupled, zero feed-in": lambda: steady_world(
        HomeInputs(pv_ac_w=3000.0, load_l1_w=400.0), COUPLED
    ),
    "AC-coupled, near its limit": lambda: steady_world(
        HomeInputs(pv_ac_w=1950.0, load_l1_w=400.0),
        HomeParams(battery_wh=0.0, pv_ac_rated_w=4000.0, feed_in_cap_w=1600.0),
    ),
    "AC-coupled island": lambda: steady_world(
        HomeInputs(pv_ac_w=3000.0, load_l1_w=400.0, grid_up=False), COUPLED
    ),
    "no battery": lambda: steady_world(
        HomeInputs(pv_ac_w=2000.0, load_l1_w=300.0),
        HomeParams(battery_wh=0.0, pv_ac_rated_w=4000.0),
    ),
    "island": lambda: steady_world(SUNNY._replace(grid_up=False)),
    "generator": lambda: steady_world(
        SUNNY._replace(load_l2_w=400.0, grid_up=False, generator_on=True),
        HomeParams(generator_w=2500.0, phases=3),
    ),
    "generator at the minimum": lambda: steady_world(
        HomeInputs(load_l1_w=800.0, grid_up=False, generator_on=True),
        HomeParams(generator_w=2500.0),
        HomeState(soc_pct=15.0, sustain=True),
    ),
    "generator and AC-coupled sun": lambda: steady_world(
        HomeInputs(pv_ac_w=3000.0, load_l1_w=400.0, grid_up=False, generator_on=True),
        COUPLED._replace(generator_w=2500.0),
    ),
    "more than a register holds": lambda: steady_world(SUNNY._replace(load_l1_w=70_000.0)),
}


def bare(reading: Reading) -> float | None:
    return reading.value


def numbers(site: Site) -> dict[str, object]:
    """A site without its times, which differ by the slow registers' turn."""

    def device(pv: PvDevice) -> tuple[str, float | None, bool | None, int]:
        return pv.id, pv.power_w.value, pv.limited, pv.limit_why

    plain: dict[str, object] = {
        name: getattr(site, name)
        for name in site.__dataclass_fields__
        if name not in {"at_s", "pv", "grid_phase_w"}
    }
    plain = {k: bare(v) if isinstance(v, Reading) else v for k, v in plain.items()}
    plain["pv"] = tuple(map(device, site.pv))
    plain["grid_phase_w"] = tuple(map(bare, site.grid_phase_w))
    return plain


@pytest.mark.parametrize("home", HOMES)
def test_modbus_tells_what_the_simulated_source_tells(home: str, tmp_path: Path) -> None:
    rig = Rig(HOMES[home]())
    source = GxModbusSource(GxModbus(host=HOST, port=rig.port, scan=False), tmp_path)
    try:
        for _ in range(60):  # known units found, every slow register had its turn
            seen = source.read(instant_of(rig.world), 0.8)
            rig.world.advance(1.0)
        seen = source.read(instant_of(rig.world), 0.8)
        straight = SimSource(rig.world).read(instant_of(rig.world), 0.8)
    finally:
        source.close()
        rig.server.stop()
    assert seen.site is not None
    assert straight.site is not None
    assert numbers(seen.site) == numbers(straight.site)
    tank, other = (dict(samples.temperatures)["gx:water_heater"] for samples in (seen, straight))
    assert tank.value == other.value


def test_instants_agree(tmp_path: Path) -> None:
    rig = Rig(steady_world())
    source = GxModbusSource(GxModbus(host=HOST, port=rig.port, scan=False), tmp_path)
    now = instant_of(rig.world)
    late = Instant(now.mono_s + 5.0, now.utc_s + 5.0)
    rig.world.advance(5.0)
    seen, straight = source.read(late, 0.8).site, SimSource(rig.world).read(late, 0.8).site
    source.close()
    rig.server.stop()
    assert seen is not None
    assert straight is not None
    assert replace(seen, pv=()).at_s == straight.at_s == 5.0
