"""The victron-vrm package: site list and forecast; plain requests where it cannot serve.

The package is asynchronous, needs libraries that a small Pi may lack, retries for minutes by
itself and cannot log in by password. So: imported here only and when needed, one event loop
a call, no retries of its own, 30 s at most, with the token of our own login; where it cannot
be imported or cannot read an answer, the same question goes out by plain requests.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from pvopt.errors import SourceError
from pvopt.links.http import HttpError, Params
from pvopt.sources.vrm_login import VrmPortal

PACKAGE_LIMIT_S = 30.0
REQUEST_S = 15

log = logging.getLogger(__name__)


class PortalSite(NamedTuple):
    """An installation that the account may see."""

    id: int
    name: str


class _UnfitError(Exception):
    """The package cannot do this here; ask by plain requests."""


def list_sites(portal: VrmPortal, utc_s: float) -> list[PortalSite]:
    """All installations of the account. Raises SourceError."""
    try:
        found = _by_package(portal, utc_s, lambda client: client.users.list_sites())
        return [PortalSite(int(site.id), str(site.name)) for site in found]
    except _UnfitError:
        return _list_by_requests(portal, utc_s)


def site_id(portal: VrmPortal, utc_s: float) -> int:
    """The id of the account's only installation; several or none is a SourceError that says so."""
    sites = list_sites(portal, utc_s)
    if len(sites) == 1:
        return sites[0].id
    if not sites:
        raise SourceError("this account has no installation on the portal")
    names = ", ".join(f"{site.id} ({site.name})" for site in sites[:20])
    raise SourceError(f"this account has several installations, set site_id to one of: {names}")


def forecast_records(portal: VrmPortal, site: int, start_s: int, end_s: int, utc_s: float) -> Any:
    """The raw ``records`` of the portal's forecast statistics, hourly, [[ms, Wh], …] a code."""

    def ask(client: Any) -> Awaitable[Any]:
        answer: Awaitable[Any] = client.installations.stats(
            site, start=start_s, end=end_s, interval="hours", type="forecast"
        )
        return answer

    try:
        return _records(_by_package(portal, utc_s, ask))
    except _UnfitError:
        params: Params = {"type": "forecast", "interval": "hours", "start": start_s, "end": end_s}
        return _records(portal.get(f"installations/{site}/stats", params, utc_s).json)


def _records(answer: Any) -> Any:
    return answer.get("records") if isinstance(answer, dict) else None


def _by_package(portal: VrmPortal, utc_s: float, ask: Callable[[Any], Awaitable[Any]]) -> Any:
    kind, token = portal.authorization(utc_s).split(" ", 1)
    try:
        client_class, package_errors = _package(portal.url)
    except ImportError as fault:
        _say_once(f"the package victron-vrm is not used ({fault.name or 'not installed'} missing)")
        raise _UnfitError from None

    import asyncio  # noqa: PLC0415 - only the package needs it

    async def run() -> Any:
        async with client_class(
            token=token, token_type=kind, request_timeout=REQUEST_S, max_retries=1
        ) as client:
            return await asyncio.wait_for(ask(client), PACKAGE_LIMIT_S)

    try:
        return asyncio.run(run())
    except (package_errors.RateLimitError, package_errors.ServerError) as fault:
        raise HttpError(
            f"the portal answered HTTP {fault.status_code}", fault.status_code
        ) from None
    except (TimeoutError, package_errors.TimeoutError):
        raise HttpError("no answer from the portal in time") from None
    except package_errors.ConnectionError:
        raise HttpError("the portal is not reachable") from None
    except Exception as fault:  # 401 (we renew the login ourselves), odd answers, its own bugs
        log.debug("victron-vrm: %s", type(fault).__name__)
        raise _UnfitError from None


def _package(url: str) -> tuple[Any, Any]:
    import victron_vrm  # noqa: PLC0415 - brings pydantic and aiohttp: 30 MB that most never need
    from victron_vrm import exceptions  # noqa: PLC0415

    class Client(victron_vrm.VictronVRMClient):  # type: ignore[misc, name-defined, unused-ignore]
        """The package's client at the configured address (its own is a constant)."""

        def _build_url(self, path: str) -> str:
            return path if "://" in path else f"{url}/{path.lstrip('/')}"

    return Client, exceptions


_said: set[str] = set()


def _say_once(words: str) -> None:
    if words not in _said:
        _said.add(words)
        log.info("%s; plain requests serve", words)


def _list_by_requests(portal: VrmPortal, utc_s: float) -> list[PortalSite]:
    me = portal.get("users/me", None, utc_s).json.get("user")
    user_id = me.get("id") if isinstance(me, dict) else None
    if user_id is None:
        raise SourceError("the portal did not say which user we are")
    records = portal.get(f"users/{user_id}/installations", None, utc_s).json.get("records")
    sites = []
    for record in records if isinstance(records, list) else []:
        try:
            sites.append(PortalSite(int(record["idSite"]), str(record.get("name", ""))))
        except (TypeError, ValueError, KeyError, AttributeError):
            continue
    return sites
