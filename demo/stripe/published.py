"""Stripe's published shapes as data: the types that its library was generated with from the OpenAPI description.

They belong to the API version of the installed library, `stripe.api_version`. Where a type lists the values it knows
and then allows any text, only the listed ones count here.
"""

import builtins
import sys
import typing
from decimal import Decimal, InvalidOperation
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import stripe
from stripe._request_options import RequestOptions

_NOT_SENT = frozenset(RequestOptions.__annotations__)
"""What the library takes beside the parameters and puts into headers."""


class Misshapen(Exception):
    """A request that Stripe would refuse: which parameter, and why."""

    def __init__(self, parameter: str, said: str, code: str = "") -> None:
        super().__init__(said)
        self.parameter = parameter
        self.code = code


def checked(shape: Any, given: Any, name: str = "") -> Any:
    """Parameters as they came in a form, turned into values of this shape. Raises `Misshapen`."""
    origin = get_origin(shape)
    if hasattr(shape, "__required_keys__"):
        return _checked_parameters(shape, given, name)
    if origin in (Union, UnionType):
        return _checked_choice(shape, given, name)
    if origin is Literal:
        if given not in get_args(shape):
            raise Misshapen(name, f"Invalid {name}: must be one of {', '.join(map(str, get_args(shape)))}")
        return given
    if origin is list:
        return [checked(get_args(shape)[0], one, f"{name}[{i}]") for i, one in enumerate(_listed(given, name))]
    if origin is dict:
        return {str(key): checked(str, one, f"{name}[{key}]") for key, one in _mapped(given, name).items()}
    return _checked_plain(shape, given, name)


def _checked_parameters(shape: Any, given: Any, name: str) -> dict[str, Any]:
    known = {key: hint for key, hint in _hints(shape).items() if key not in _NOT_SENT}
    values = _mapped(given, name)
    for key in values:
        if key not in known:
            full = f"{name}[{key}]" if name else key
            raise Misshapen(full, f"Received unknown parameter: {full}", "parameter_unknown")
    for key in shape.__required_keys__ & known.keys():
        if key not in values:
            full = f"{name}[{key}]" if name else key
            raise Misshapen(full, f"Missing required param: {full}.", "parameter_missing")
    return {key: checked(known[key], value, f"{name}[{key}]" if name else key) for key, value in values.items()}


def _checked_choice(shape: Any, given: Any, name: str) -> Any:
    options = [option for option in get_args(shape) if option is not NoneType]
    listed = [option for option in options if get_origin(option) is Literal and get_args(option) != ("",)]
    if listed and str in options:
        options = listed
    wrong = None
    for option in options:
        try:
            return checked(option, given, name)
        except Misshapen as misshapen:
            wrong = misshapen
    assert wrong is not None
    raise wrong


def _checked_plain(shape: Any, given: Any, name: str) -> Any:
    if not isinstance(given, str):
        if isinstance(shape, type) and issubclass(shape, stripe.StripeObject):
            return given
        raise Misshapen(name, f"Invalid {name}")
    try:
        if shape is int:
            return int(given)
        if shape is bool:
            return {"true": True, "false": False}[given]
        if shape is Decimal:
            return Decimal(given)
    except (ValueError, KeyError, InvalidOperation):
        raise Misshapen(name, f"Invalid {name}: {given}", f"parameter_invalid_{shape.__name__}") from None
    return given


def faults(shape: Any, given: Any, name: str = "") -> list[str]:
    """What is wrong with an answer: parts that are missing, unknown, or of another kind."""
    origin = get_origin(shape)
    if shape is Any or given is None:
        return [] if shape is Any or NoneType in get_args(shape) else [f"{name} is null"]
    if origin in (Union, UnionType):
        return _faults_of_choice(shape, given, name)
    if origin is Literal:
        return [] if given in get_args(shape) else [f"{name} is {given!r}, not one of {get_args(shape)}"]
    if origin is list:
        if not isinstance(given, list):
            return [f"{name} is no list"]
        return [said for i, one in enumerate(given) for said in faults(get_args(shape)[0], one, f"{name}[{i}]")]
    if origin is stripe.ListObject:
        return _faults_of_list(get_args(shape)[0], given, name)
    kind = origin or shape
    if isinstance(kind, type) and issubclass(kind, stripe.StripeObject):
        return _faults_of_object(kind, given, name)
    kind = {Decimal: str, dict: dict}.get(kind, kind)
    is_kind = isinstance(given, kind) and not (kind is int and isinstance(given, bool))
    return [] if is_kind else [f"{name} is {given!r}, not {kind.__name__}"]


def _faults_of_choice(shape: Any, given: Any, name: str) -> list[str]:
    options = [option for option in get_args(shape) if option is not NoneType]
    listed = [option for option in options if get_origin(option) is Literal]
    return min((faults(option, given, name) for option in listed or options), key=len)


def _faults_of_list(of: Any, given: Any, name: str) -> list[str]:
    if not isinstance(given, dict) or given.get("object") != "list":
        return [f"{name} is no list object"]
    found = [f"{name}.{key} is missing" for key in ("data", "has_more", "url") if key not in given]
    return found + [said for i, one in enumerate(given.get("data", [])) for said in faults(of, one, f"{name}[{i}]")]


def _faults_of_object(kind: type, given: Any, name: str) -> list[str]:
    if not isinstance(given, dict):
        return [f"{name} is {given!r}, no object"]
    if kind.__name__ == "UntypedStripeObject":
        return []
    known = _hints(kind)
    found = [f"{name}.{key} is unknown" for key in given if key not in known and not key.startswith("_")]
    for key, hint in known.items():
        if key in given:
            found += faults(hint, given[key], f"{name}.{key}")
        elif not key.startswith("_") and not _may_be_missing(hint):
            found.append(f"{name}.{key} is missing")
    return found


def _may_be_missing(hint: Any) -> bool:
    return NoneType in get_args(hint) or typing.get_origin(hint) is typing.ClassVar


def _listed(given: Any, name: str) -> list[Any]:
    if isinstance(given, dict) and all(key == "" or key.isdigit() for key in given):
        return [given[key] for key in sorted(given, key=lambda key: int(key or 0))]
    raise Misshapen(name, f"Invalid array: {name}")


def _mapped(given: Any, name: str) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    raise Misshapen(name, f"Invalid object: {name}")


@cache
def _hints(shape: Any) -> dict[str, Any]:
    if issubclass(shape, stripe.StripeObject):
        parents = [
            one for one in shape.__mro__ if one.__module__.startswith("stripe.") and "__annotations__" in vars(one)
        ]
        own = {key for one in parents for key in vars(one)["__annotations__"] if not key.startswith("_")}
        found = typing.get_type_hints(shape, localns=_Names(vars(sys.modules[shape.__module__])))
        return {
            key: hint for key, hint in found.items() if key in own and typing.get_origin(hint) is not typing.ClassVar
        }
    return typing.get_type_hints(shape, localns=_Names(vars(sys.modules[shape.__module__])))


class _Names(dict[str, Any]):
    """What the names in an annotation mean; the library imports many of them for type checkers only."""

    def __missing__(self, name: str) -> Any:
        for place in (builtins, typing, stripe, stripe.checkout):
            if hasattr(place, name):
                return getattr(place, name)
        return Any
