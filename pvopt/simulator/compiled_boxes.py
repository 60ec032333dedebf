"""How a kernel's values come into machine code and out of it again, quicker than numba's way.

numba looks a shape's class up by the hash of its pickle and then calls it, and asks each member
of an enum for its ``value``: a tick of the loop spends a quarter of its time so. Here classes and
members lie ready in the kernel's environment, and a shape is filled in as ``tuple.__new__`` does.
What is no kernel's (arrays, and shapes with some) stays with numba.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import Any

from numba.core import cgutils, types
from numba.core.boxing import box_namedtuple, unbox_tuple
from numba.core.cgutils import ir
from numba.core.pythonapi import NativeValue, _boxers, _unboxers
from numba.core.types.containers import NamedTuple, NamedUniTuple, Tuple, UniTuple

SCALARS = (types.Float, types.Integer, types.Boolean, types.IntEnumMember)
SHAPES = (NamedTuple, NamedUniTuple)


def is_plain(kind: Any) -> bool:
    """Whether nothing in it needs to be counted or given back."""
    parts = getattr(kind, "types", None)
    return isinstance(kind, SCALARS) if parts is None else all(map(is_plain, parts))


def box_shape(kind: Any, value: Any, c: Any) -> Any:
    """A new object of the shape's class, without a call of it."""
    if not is_plain(kind):
        return box_namedtuple(kind, value, c)
    api, builder = c.pyapi, c.builder
    shape = c.env_manager.read_const(c.env_manager.add_const(kind.instance_class))
    blank = ir.FunctionType(api.pyobj, [api.pyobj, api.py_ssize_t])
    allocate = cgutils.get_or_insert_function(builder.module, blank, "PyType_GenericAlloc")
    made = builder.call(allocate, [shape, api.py_ssize_t(len(kind))])
    place = cgutils.alloca_once_value(builder, made)
    with builder.if_then(cgutils.is_not_null(builder, made), likely=True):
        failed = cgutils.false_bit
        for k, part in enumerate(kind):
            boxed = c.box(part, builder.extract_value(value, k))
            failed = builder.or_(failed, cgutils.is_null(builder, boxed))
            api.tuple_setitem(made, k, boxed)
        with builder.if_then(failed, likely=False):
            api.decref(made)
            builder.store(api.get_null_object(), place)
    return builder.load(place)


def unbox_shape(kind: Any, thing: Any, c: Any) -> Any:
    """The values of a tuple with as many fields; anything else is a TypeError, and no crash."""
    if not is_plain(kind):
        return unbox_tuple(kind, thing, c)
    api, builder = c.pyapi, c.builder
    place = cgutils.alloca_once(builder, c.context.get_value_type(kind))
    failed = cgutils.alloca_once_value(builder, cgutils.false_bit)
    size = api.tuple_size(thing)  # -1: no tuple at all
    fits = builder.icmp_signed("==", size, ir.Constant(size.type, len(kind)))
    with builder.if_else(fits, likely=True) as (right, wrong):
        with right:
            values = []
            for k, part in enumerate(kind):
                field = api.tuple_getitem(thing, k)
                is_float = part == types.float64
                native = unbox_float(field, c) if is_float else c.unbox(part, field)
                builder.store(builder.or_(builder.load(failed), native.is_error), failed)
                values.append(native.value)
            builder.store(c.context.make_tuple(builder, kind, values), place)
        with wrong:
            name = getattr(getattr(kind, "instance_class", tuple), "__name__", "tuple")
            api.err_set_string("PyExc_TypeError", f"a {name} of {len(kind)} fields is wanted")
            builder.store(cgutils.true_bit, failed)
    return NativeValue(builder.load(place), is_error=builder.load(failed))


def unbox_float(thing: Any, c: Any) -> Any:
    """Of a float or an int, in one call where numba makes four; -1 may stand for a fault."""
    api, builder = c.pyapi, c.builder
    number = api.float_as_double(thing)
    failed = cgutils.alloca_once_value(builder, cgutils.false_bit)
    odd = builder.fcmp_ordered("==", number, number.type(-1.0))
    with builder.if_then(odd, likely=False):
        builder.store(api.c_api_error(), failed)
    return NativeValue(number, is_error=builder.load(failed))


@cache
def members(kind: type[IntEnum]) -> dict[int, IntEnum]:
    return {int(member): member for member in kind}


def box_member(kind: Any, value: Any, c: Any) -> Any:
    """The member of that number; ValueError where there is none."""
    api, builder = c.pyapi, c.builder
    known = c.env_manager.read_const(c.env_manager.add_const(members(kind.instance_class)))
    number = c.box(kind.dtype, value)
    member = api.dict_getitem(known, number)  # not ours yet
    with builder.if_then(cgutils.is_null(builder, member), likely=False):
        words = f"a number that no {kind.instance_class.__name__} has"
        api.err_set_string("PyExc_ValueError", words)
    api.incref(member)
    api.decref(number)
    return member


def unbox_member(_kind: Any, thing: Any, c: Any) -> Any:
    """An IntEnum's member is an int. What is none is a TypeError."""
    return NativeValue(c.pyapi.long_as_longlong(thing), is_error=c.pyapi.c_api_error())


def teach() -> None:
    """Have numba use these ways from now on, in this process."""
    _boxers.functions.update(dict.fromkeys(SHAPES, box_shape))
    _boxers.functions[types.IntEnumMember] = box_member
    _unboxers.functions.update(dict.fromkeys((*SHAPES, Tuple, UniTuple), unbox_shape))
    _unboxers.functions[types.IntEnumMember] = unbox_member
