"""What kernels may use, compiled: the same results as their text, and words where it fails."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pvopt.decide.drive import DriveState, drive_step
from pvopt.decide.settings import DriveParams
from pvopt.errors import PvoptError
from pvopt.simulator import boiler, inverter
from pvopt.simulator.compiled import available, compile_kernel
from pvopt.simulator.compiled_text import CannotCompileError

STEPS_W = (0.0, 100.0, 250.0, 700.0)
PART = 0.25


class Mood(IntEnum):
    CALM = 1
    BRISK = 2


class Inner(NamedTuple):
    low_w: float = 0  # an int in a float field on purpose
    seen: bool = False
    times: int = 0

    @property
    def busy(self) -> bool:
        return self.times >= 2


class Outer(NamedTuple):
    inner: Inner = Inner()
    level_w: float = math.nan
    mood: Mood = Mood.CALM
    far_w: float = -math.inf


class Wide(NamedTuple):
    """More fields than Python passes one by one."""

    a0: float
    a1: float
    a2: float
    a3: float
    a4: float
    a5: float
    a6: float
    a7: float
    a8: float
    a9: float
    b0: float
    b1: float
    b2: float
    b3: float
    b4: float
    b5: float
    b6: float
    b7: float
    b8: float
    b9: float
    c0: float
    c1: float
    c2: float
    c3: float
    c4: float
    c5: float
    c6: float
    c7: float
    c8: float
    c9: float
    d0: bool
    d1: int
    d2: Mood


REST = Outer(Inner(5, True), 7, Mood.BRISK)  # ints in float fields here, too


def same(one: Any, other: Any) -> bool:
    """Equal to the last bit, in every field, and of the same shapes."""
    if isinstance(one, tuple):
        alike = type(one) is type(other) and len(one) == len(other)
        return alike and all(map(same, one, other))
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    return bool(one == other)


def makes(x_w: float, up: bool) -> Outer:
    made = Outer(Inner(x_w, times=3), mood=Mood.BRISK) if up else Outer()
    if x_w < 0.0:
        return Outer(level_w=0, inner=REST.inner)
    return made


def replaces(x_w: float, up: bool) -> Outer:
    state = REST
    for step_w in STEPS_W:
        if x_w > step_w:
            inner = state.inner._replace(times=state.inner.times + 1, seen=up)
            state = state._replace(inner=inner, level_w=step_w)
    return state._replace(inner=state.inner._replace(low_w=0), far_w=x_w) if up else state


def chooses(x_w: float, up: bool) -> tuple[Mood, float, bool]:
    state = replaces(x_w, up)
    mood = Mood.BRISK if state.inner.busy or state.mood == Mood.CALM else Mood.CALM
    among = mood in (Mood.CALM, 7) and state.inner.times not in (1, 3)
    return mood, max(0.0, x_w, state.level_w) + min(x_w, 1), among


def defaults(x_w: float, part: float = PART, rest: Outer = REST, up: bool = True) -> float:
    return x_w * part + (rest.level_w if up else 0)


def calls(x_w: float, up: bool) -> tuple[float, float]:
    loss_w = boiler.tank_loss_w(loss_w_k=1, tank_c=x_w, room_c=20.0)
    one_w = defaults(x_w) + defaults(x_w, up=up, part=1)
    return one_w, inverter.ac_for_dc_w(loss_w, 0.94, 25.0)


def computes(x_w: float, up: bool) -> tuple[float, float, int, float]:
    turn = math.sin(x_w) * math.exp(-abs(x_w) / 1000.0) + math.sqrt(abs(x_w)) + abs(x_w) ** 1.7
    whole = int(x_w // 7.0) + round(x_w / 3.0)
    return turn, x_w % 60.0, whole if up else -whole, 2.0 ** min(max(whole, 0), 4)


def widens(x_w: float, up: bool) -> Wide:
    b0 = x_w if up else 0.0
    wide = Wide(
        x_w, 1, 2, 3, 4, 5, 6, 7, 8, 9, b0 if x_w > 0.0 else 1, 1, 2, 3, 4, 5, 6, 7, 8, 9,
        0, 1, 2, 3, 4, 5, 6, 7, 8, x_w if up else 9, up and x_w > 3.0, 5, Mood.BRISK,
    )  # fmt: skip
    return wide._replace(c0=wide.c9, d2=Mood.CALM if up else wide.d2)


FEATURES = (makes, replaces, chooses, calls, computes, widens)
WATTS = st.floats(-5000.0, 5000.0) | st.sampled_from((*STEPS_W, -0.0))


@pytest.mark.parametrize("kernel", FEATURES, ids=lambda kernel: kernel.__name__)
def test_a_compiled_kernel_does_as_its_text(kernel: Callable[..., Any]) -> None:
    fast = compile_kernel(kernel)

    @settings(max_examples=200, deadline=None)
    @given(WATTS, st.booleans())
    def holds(x_w: float, up: bool) -> None:
        assert same(kernel(x_w, up), fast(x_w, up))

    holds()


@pytest.mark.parametrize("x_w", [math.nan, math.inf, -math.inf])
def test_missing_and_endless_numbers(x_w: float) -> None:
    for kernel in (makes, replaces, chooses, calls):
        assert same(kernel(x_w, True), compile_kernel(kernel)(x_w, True)), kernel.__name__


def test_a_field_is_what_its_annotation_says() -> None:
    made = compile_kernel(makes)(-1.0, True)
    assert [type(part) for part in made] == [Inner, float, Mood, float]
    assert [type(part) for part in made.inner] == [float, bool, int]
    assert made == (Inner(5.0, True, 0), 0.0, Mood.CALM, -math.inf)


PARAMS = DriveParams(2000.0, 40.0, False, 10.0, 5.0, 30.0)


def test_python_may_call_as_it_calls_the_text() -> None:
    """Defaults, keywords, and ints where floats are due, in fields as well."""
    fast = compile_kernel(drive_step)
    whole = DriveParams(2000, 40, False, 10, 5, 30)
    told = drive_step(PARAMS, DriveState(), 500.0, True, 1.0)
    assert same(told, fast(PARAMS, DriveState(), 500.0, True, 1.0))
    assert same(told, fast(PARAMS, DriveState(), 500.0, dt_s=1.0, allowed=True, at_once=False))
    assert same(told, fast(whole, DriveState(), 500, True, 1))
    assert compile_kernel(drive_step) is fast
    assert compile_kernel(fast) is fast
    with pytest.raises(TypeError):
        fast(PARAMS, PARAMS, 500.0, True, 1.0)  # type: ignore[arg-type]


def many(x_w: float, out_w: Any) -> Inner:
    state = Inner(x_w)
    for k in range(out_w.shape[0]):
        state = kept(state, out_w, k)
        state = state._replace(seen=state.busy)
    return state


def kept(state: Inner, out_w: Any, k: int) -> Inner:
    out_w[k] = defaults(state.low_w)
    return state._replace(low_w=out_w[k], times=state.times + 1)


def test_a_kernel_that_takes_arrays() -> None:
    slow_w, fast_w = np.zeros(9), np.zeros(9)
    fast = compile_kernel(many)
    assert same(many(3.0, slow_w), fast(3, fast_w))
    assert slow_w.tolist() == fast_w.tolist()
    assert slow_w[-1] > slow_w[0]


def test_a_compiled_kernel_and_a_closure_inside_a_kernel() -> None:
    law = compile_kernel(defaults)

    def twice(x_w: float) -> float:
        return law(law(x_w, up=False))

    assert compile_kernel(twice)(8.0) == defaults(defaults(8.0, up=False)) == 7.5


def test_another_closure_is_another_kernel() -> None:
    def scaled(by: float) -> Callable[[float], float]:
        def kernel(x_w: float) -> float:
            return x_w * by

        return kernel

    assert compile_kernel(scaled(2.0))(3.0) == 6.0
    assert compile_kernel(scaled(5.0))(3.0) == 15.0


def starred(x_w: float) -> Inner:
    return Inner(*(x_w, True))


def unknown_field(x_w: float) -> Inner:
    return Inner(x_w, lower_w=1.0)  # type: ignore[call-arg]


def wordy(x_w: float) -> float:
    return float.fromhex(x_w.hex())


def endless(x_w: float) -> float:
    return endless(x_w - 1.0)


def missing(x_w: float) -> float:
    return defaults(part=x_w)  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("kernel", "words"),
    [
        (starred, "calls with *arguments"),
        (unknown_field, "makes a Inner of other fields than it has"),
        (wordy, "cannot be compiled"),
        (endless, "it calls itself"),
        (missing, "calls defaults without x_w"),
    ],
)
def test_what_cannot_be_compiled_is_told_with_its_place(
    kernel: Callable[..., Any], words: str
) -> None:
    with pytest.raises(CannotCompileError, match=r"test_compiled\.py:\d+: ") as told:
        compile_kernel(kernel)
    assert words in str(told.value)
    with pytest.raises(CannotCompileError):
        compile_kernel(kernel)  # the second time, too


@pytest.mark.parametrize("thing", [math.sin, lambda x_w: x_w, Inner])
def test_only_functions_with_a_text_of_their_own(thing: Any) -> None:
    with pytest.raises(CannotCompileError):
        compile_kernel(thing)


def test_words_where_numba_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert available()
    found = importlib.util.find_spec
    monkeypatch.setattr(
        "pvopt.simulator.compiled.find_spec", lambda name: None if name == "numba" else found(name)
    )
    assert not available()
    with pytest.raises(PvoptError) as told:
        compile_kernel(drive_step)
    assert str(told.value) == "the compiled engine needs numba: run  . ./env.sh sim"


def level_of(outer: Outer, more_w: float) -> float:
    return outer.level_w + outer.inner.low_w + more_w


@pytest.mark.parametrize(
    "wrong",
    [
        (5, 1.0),
        (Outer(5), 1.0),  # type: ignore[arg-type]
        (Inner(), 1.0),
        ((Inner(),), 1.0),
        (Outer(), "x"),
    ],
)
def test_what_is_no_kernels_is_refused_and_ends_nothing(wrong: tuple[Any, Any]) -> None:
    made = compile_kernel(level_of)
    assert made(Outer(Inner(2.0), 1.0), 3.0) == 6.0
    assert made(Outer(Inner(2), 1), 3) == 6.0
    with pytest.raises((TypeError, ValueError)):
        made(*wrong)


class Alike(NamedTuple):
    """As many fields as Inner, and no Inner."""

    low_w: float = 0.0
    seen: bool = False
    times: int = 0


def lifted(outer: Outer, pair: tuple[Inner, float]) -> Outer:
    return outer._replace(inner=pair[0], level_w=pair[1])


RIGHT = (Outer(), (Inner(4.0, True, 2), 3.0))


@pytest.mark.parametrize("mood", list(Mood))
def test_shapes_come_back_as_they_went_in(mood: Mood) -> None:
    made = compile_kernel(lifted)(Outer(mood=mood), RIGHT[1])
    assert same(made, Outer(Inner(4.0, True, 2), 3.0, mood))
    assert made.mood is mood
    assert type(made.inner) is Inner
    assert compile_kernel(lifted)(Outer(far_w=-1.0), (Inner(-1.0), -1.0)).far_w == -1.0
    assert hash(made) == hash(lifted(Outer(mood=mood), RIGHT[1]))


@pytest.mark.parametrize(
    "wrong",
    [
        (Outer(Alike()), RIGHT[1]),  # type: ignore[arg-type]
        (Outer(()), RIGHT[1]),  # type: ignore[arg-type]
        (Outer(mood=1.5), RIGHT[1]),  # type: ignore[arg-type]
        (Outer(mood=None), RIGHT[1]),  # type: ignore[arg-type]
        (Outer(mood=3), RIGHT[1]),  # type: ignore[arg-type]
        (Outer(far_w=None), RIGHT[1]),  # type: ignore[arg-type]
        (tuple.__new__(Outer, ()), RIGHT[1]),
        (RIGHT[0], (Inner(),)),
        (RIGHT[0], (Alike(), 3.0)),
        (RIGHT[0], [Inner(), 3.0]),
        (RIGHT[0], (None, None)),
        (RIGHT[0], None),
        (None, RIGHT[1]),
        RIGHT[:1],
        (*RIGHT, 1.0),
    ],
)
def test_nothing_wrong_ends_the_process(wrong: Any) -> None:
    made = compile_kernel(lifted)
    assert made(*RIGHT) == lifted(*RIGHT)
    with pytest.raises((TypeError, ValueError, IndexError)):
        made(*wrong)


@pytest.mark.parametrize("wrong", [(), (1.0,), (1.0, 2.0), 5, None, "low", [1.0, True, 2]])
def test_the_machine_code_itself_refuses_what_is_no_such_tuple(wrong: Any) -> None:
    """Past the look at the kinds, too: whatever a field holds is taken apart with care."""
    code = compile_kernel(lifted).__globals__["_code"]
    assert code(*RIGHT) == lifted(*RIGHT)
    for args in ((wrong, RIGHT[1]), (Outer(wrong), RIGHT[1]), (RIGHT[0], (wrong, 3.0))):
        with pytest.raises(TypeError):
            code(*args)
