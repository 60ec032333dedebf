"""Shapes: frozen like dataclasses, replaced like NamedTuples."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pvopt.decide.hunt_shapes import HuntState
from pvopt.decide.memory import Memory
from pvopt.model import MISSING, Instant, Reading, Site
from pvopt.shape import frozen, replaceable


@dataclasses.dataclass(frozen=True, slots=True)
class Plain:
    a: float
    b: str = "x"
    c: tuple[int, ...] = dataclasses.field(default_factory=tuple)


@frozen
class Quick:
    a: float
    b: str = "x"
    c: tuple[int, ...] = dataclasses.field(default_factory=tuple)


@pytest.mark.parametrize("given", [(1.0,), (1.0, "y"), (1.0, "y", (2, 3))])
def test_it_is_what_a_frozen_dataclass_is(given: tuple[float, str, tuple[int, ...]]) -> None:
    quick, plain = Quick(*given), Plain(*given)
    assert dataclasses.astuple(quick) == dataclasses.astuple(plain)
    assert hash(quick) == hash(plain)
    assert repr(quick) == repr(plain).replace("Plain", "Quick")
    assert quick == Quick(*given) != Quick(2.0)
    assert quick != object()
    assert type(quick) is Quick


def test_fields_by_name() -> None:
    assert Quick(c=(1,), a=2.0) == Quick(2.0, "x", (1,))
    with pytest.raises(TypeError):
        Quick()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Quick(1.0, d=2)  # type: ignore[call-arg]


@frozen
class Checked:
    a: float

    def __post_init__(self) -> None:
        if self.a < 0.0:
            raise ValueError(self.a)


def test_post_init_sees_the_whole_frozen_object() -> None:
    assert Checked(0.0).a == 0.0
    with pytest.raises(ValueError, match=r"-1\.0"):
        Checked(-1.0)
    with pytest.raises(ValueError, match=r"-1\.0"):
        dataclasses.replace(Checked(1.0), a=-1.0)


def test_no_field_can_be_set_or_deleted() -> None:
    for one in (Quick(1.0), Reading(1.0, 0.0, "gx"), Instant(0.0, 0.0), Memory()):
        name = dataclasses.fields(one)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, name, 2.0)
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(one, name)
        with pytest.raises((AttributeError, TypeError)):
            one.other = 1  # type: ignore[union-attr]


def test_a_default_factory_makes_one_for_each() -> None:
    @frozen
    class Listed:
        of: list[int] = dataclasses.field(default_factory=list)

    first, second = Listed(), Listed()
    first.of.append(1)
    assert second.of == []


def test_copies_pickles_and_replacements() -> None:
    site = Site("gx", 1.0, 7.0, grid_w=Reading(-5.0, 1.0, "gx"))
    assert pickle.loads(pickle.dumps(site)) == site
    assert copy.deepcopy(site) == site
    changed = dataclasses.replace(site, at_s=2.0)
    assert (changed.at_s, changed.grid_w, changed.pv_w) == (2.0, site.grid_w, MISSING)


class Twin(NamedTuple):
    budget_w: float = 0.0
    streak: float = 2.0
    shaded: bool = False


@replaceable
class Own(NamedTuple):
    budget_w: float = 0.0
    streak: float = 2.0
    shaded: bool = False


numbers = st.floats(allow_nan=False)
changes = st.fixed_dictionaries({}, optional={"budget_w": numbers, "shaded": st.booleans()})


@given(numbers, changes)
def test_replaced_as_a_namedtuple_replaces(budget_w: float, new: dict[str, float]) -> None:
    mine, theirs = Own(budget_w)._replace(**new), Twin(budget_w)._replace(**new)  # type: ignore[arg-type]
    assert type(mine) is Own
    assert tuple(mine) == tuple(theirs)


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises((ValueError, KeyError)):
        HuntState()._replace(nothing=1.0)  # type: ignore[call-arg]
