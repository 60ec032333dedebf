"""The text of a kernel, made ready for a compiler that knows less Python.

A kernel's own text is the only one; here its syntax tree is cloned and what the compiler lacks
is spelled out, with nothing changed in what is computed:

* ``Shape(a, b=c)`` and ``state._replace(a=b)`` become calls of *makers* and *replacers*, named
  after their fields, that the compiler side provides with the types that the shape declares;
* calls of other kernels get all their arguments in order, defaults filled in;
* constants that are shapes, and ``x in (A, B)``, become what they stand for.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, NoReturn

from pvopt.errors import PvoptError

MOST_ARGUMENTS = 25  # of a call; above 30 Python packs them into a list first


class CannotCompileError(PvoptError):
    """A kernel uses something that cannot be compiled."""


@dataclass(slots=True)
class Clone:
    """A kernel's text with the names that it needs, sorted by what must be provided for them."""

    name: str
    text: str  # without places: another comment does not make another kernel
    tree: ast.Module
    kernels: dict[str, FunctionType] = field(default_factory=dict)
    makers: dict[str, tuple[type, tuple[str, ...]]] = field(default_factory=dict)
    replacers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shapes: dict[str, Any] = field(default_factory=dict)  # constants that are NamedTuples
    others: dict[str, Any] = field(default_factory=dict)


def is_shape(thing: object) -> bool:
    """Whether it is a NamedTuple class."""
    return isinstance(thing, type) and issubclass(thing, tuple) and hasattr(thing, "_fields")


@cache
def clone_of(function: FunctionType) -> Clone:
    """The kernel's text, rewritten, and everything that it refers to."""
    tree = _tree(function)
    rewriter = _Rewriter(function)
    body = [rewriter.visit(node) for node in _without_docstring(tree.body)]
    arguments = ast.arguments(
        posonlyargs=[],
        args=[_bare(arg) for arg in [*tree.args.posonlyargs, *tree.args.args]],
        kwonlyargs=[_bare(arg) for arg in tree.args.kwonlyargs],
        kw_defaults=[None for _ in tree.args.kwonlyargs],
        defaults=[],
    )
    if tree.args.vararg or tree.args.kwarg or tree.args.kwonlyargs:
        rewriter.refuse(tree, "takes *args, **kwargs or keyword-only arguments")
    plain = ast.FunctionDef(name=tree.name, args=arguments, body=body, decorator_list=[])
    module = ast.fix_missing_locations(ast.Module([ast.copy_location(plain, tree)], []))
    clone = rewriter.clone
    clone.tree, clone.text = module, ast.dump(module)
    return clone


def _tree(function: FunctionType) -> ast.FunctionDef:
    try:
        lines, first = inspect.getsourcelines(function)
    except (OSError, TypeError) as fault:
        raise CannotCompileError(f"{function.__qualname__}: its source is not at hand") from fault
    tree = ast.parse(textwrap.dedent("".join(lines)))
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef):
        raise CannotCompileError(
            f"{function.__qualname__}: only functions made with def are compiled"
        )
    ast.increment_lineno(tree, first - 1)
    return definition


def _bare(arg: ast.arg) -> ast.arg:
    return ast.copy_location(ast.arg(arg=arg.arg), arg)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        return body[1:] or [ast.copy_location(ast.Pass(), first)]
    return body


class _Rewriter(ast.NodeTransformer):
    """Spells out what the compiler lacks, and collects what the names of the text stand for."""

    def __init__(self, function: FunctionType) -> None:
        self.function = function
        self.clone = Clone(function.__name__, "", ast.Module([], []))
        self.locals = {*function.__code__.co_varnames, *function.__code__.co_cellvars}
        self.aliases: dict[str, Any] = {}
        self.known: dict[str, Any] = {**vars(builtins), **function.__globals__}
        for name, cell in zip(
            function.__code__.co_freevars, function.__closure__ or (), strict=True
        ):
            self.known[name] = cell.cell_contents

    def refuse(self, node: ast.AST, words: str) -> NoReturn:
        line = getattr(node, "lineno", 0)
        place = f"{self.function.__code__.co_filename}:{line}"
        raise CannotCompileError(f"{place}: {self.function.__name__} {words}; kernels may not")

    def _alias(self, name: str, thing: Any) -> str:
        """A name that no text has, the same for the same thing."""
        for number in range(len(self.aliases) + 1):
            alias = f"_{number}_{name}"
            if self.aliases.setdefault(alias, thing) is thing:
                return alias
        raise AssertionError  # there is one more number than there are names

    def _meant(self, node: ast.expr) -> Any:
        """What a global name, or a dotted one that leads through modules, stands for."""
        if isinstance(node, ast.Name) and node.id not in self.locals:
            return plain(self.known.get(node.id))
        if isinstance(node, ast.Attribute):
            owner = self._meant(node.value)
            if isinstance(owner, ModuleType):
                return plain(getattr(owner, node.attr, None))
        return None

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if isinstance(node.ctx, ast.Load) and node.id not in self.locals and node.id in self.known:
            return self._constant(self.known[node.id], node, node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        meant = self._meant(node)
        if isinstance(meant, FunctionType) or is_shape(meant) or is_shape(type(meant)):
            return self._constant(meant, node, self._alias(node.attr, meant))
        self.generic_visit(node)
        return node

    def _constant(self, thing: Any, node: ast.expr, name: str) -> ast.expr:
        """A reference to something from outside the kernel."""
        thing = plain(thing)
        if is_shape(type(thing)):
            self.clone.shapes[name] = thing
            return ast.copy_location(ast.Call(_name(name), [], []), node)
        if isinstance(thing, FunctionType):
            self.clone.kernels[name] = thing
        else:
            self.clone.others[name] = thing
        return ast.copy_location(_name(name), node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if any(isinstance(arg, ast.Starred) for arg in node.args):
            self.refuse(node, "calls with *arguments")
        if any(keyword.arg is None for keyword in node.keywords):
            self.refuse(node, "calls with **arguments")
        if isinstance(node.func, ast.Attribute) and node.func.attr == "_replace":
            return self._replace(node, node.func.value)
        called = self._meant(node.func)
        if is_shape(called):
            return self._make(node, called)
        if isinstance(called, FunctionType):
            return self._kernel_call(node, called)
        self.generic_visit(node)
        return node

    def _replace(self, node: ast.Call, old: ast.expr) -> ast.expr:
        values = {str(keyword.arg): self.visit(keyword.value) for keyword in node.keywords}
        return self._replaced(node, self.visit(old), values)

    def _replaced(self, node: ast.Call, old: ast.expr, values: dict[str, ast.expr]) -> ast.expr:
        for part in _parts(list(values)):
            marker = "__".join(("_replace", *part))
            self.clone.replacers[marker] = part
            old = ast.Call(_name(marker), [old, *(values[name] for name in part)], [])
        return ast.copy_location(old, node)

    def _make(self, node: ast.Call, shape: Any) -> ast.expr:
        fields: tuple[str, ...] = shape._fields
        given = (*fields[: len(node.args)], *(str(keyword.arg) for keyword in node.keywords))
        missing = set(fields) - set(given) - set(shape._field_defaults)
        unknown = set(given) - set(fields)
        if missing or unknown or len(set(given)) < len(given) or len(node.args) > len(fields):
            self.refuse(node, f"makes a {shape.__name__} of other fields than it has")
        parts = [*node.args, *(keyword.value for keyword in node.keywords)]
        values = {name: self.visit(part) for name, part in zip(given, parts, strict=True)}
        first = _parts(list(given))[0] if given else ()
        marker = "__".join((self._alias("make_" + shape.__name__, shape), *first))
        self.clone.makers[marker] = (shape, first)
        made = ast.Call(_name(marker), [values.pop(name) for name in first], [])
        return self._replaced(node, made, values)

    def _kernel_call(self, node: ast.Call, called: FunctionType) -> ast.expr:
        signature = inspect.signature(called)
        given: dict[str, ast.expr] = dict(zip(signature.parameters, node.args, strict=False))
        given.update({str(keyword.arg): keyword.value for keyword in node.keywords})
        values: list[ast.expr] = []
        for name, parameter in signature.parameters.items():
            if name in given:
                values.append(self.visit(given[name]))
            elif parameter.default is not inspect.Parameter.empty:
                values.append(self._default(parameter.default, node, self._alias(name, parameter)))
            else:
                self.refuse(node, f"calls {called.__name__} without {name}")
        if len(node.args) > len(signature.parameters) or set(given) - set(signature.parameters):
            self.refuse(node, f"calls {called.__name__} with more than it takes")
        return ast.copy_location(ast.Call(self.visit(node.func), values, []), node)

    def _default(self, value: Any, node: ast.expr, name: str) -> ast.expr:
        if isinstance(value, bool | int | float) and not isinstance(value, IntEnum):
            return ast.copy_location(ast.Constant(value), node)
        return self._constant(value, node, name)

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """``x in (A, B)`` becomes ``(x == A or x == B)``."""
        self.generic_visit(node)
        [*_, last] = node.ops
        among = node.comparators[-1]
        if len(node.ops) > 1 or not isinstance(last, ast.In | ast.NotIn):
            return node
        if not isinstance(among, ast.Tuple) or not isinstance(node.left, ast.Name | ast.Constant):
            return node
        each: list[ast.expr] = [ast.Compare(node.left, [ast.Eq()], [one]) for one in among.elts]
        any_of: ast.expr = ast.BoolOp(ast.Or(), each) if len(each) > 1 else each[0]
        if isinstance(last, ast.NotIn):
            any_of = ast.UnaryOp(ast.Not(), any_of)
        return ast.copy_location(any_of, node)


def _parts(names: list[str]) -> list[tuple[str, ...]]:
    """So few names at a time that Python's own compiler still passes them one by one."""
    return [tuple(names[k : k + MOST_ARGUMENTS]) for k in range(0, len(names), MOST_ARGUMENTS)]


def _name(text: str) -> ast.Name:
    return ast.Name(id=text, ctx=ast.Load())


def plain(thing: Any) -> Any:
    """The kernel itself where its compiled form is meant."""
    return getattr(thing, "text_of_kernel", thing) if callable(thing) else thing


def kernel_of(function: Callable[..., Any]) -> FunctionType:
    """The function itself, if it is one that has a text."""
    function = plain(function)
    if not isinstance(function, FunctionType):
        raise CannotCompileError(f"{function!r} is not a plain function")
    return function
