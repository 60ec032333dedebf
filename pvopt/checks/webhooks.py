"""Who is told by HTTP: a message to try, if the owner asks for it."""

from __future__ import annotations

from collections.abc import Iterator

from pvopt.checks.row import Row, fail, ok
from pvopt.config.schema import Config
from pvopt.links.http import HttpError, post_text
from pvopt.show.alert_limits import Said
from pvopt.show.alerts import Key
from pvopt.show.webhook_forms import post

AREA = "webhooks"
DEADLINE_S = 10.0


def rows(config: Config, send: bool) -> Iterator[Row]:
    for rank, hook in enumerate(config.webhooks):
        name = f"{hook.kind} {rank + 1}"
        what = ", ".join(hook.events) or "everything"
        if not send:
            yield ok(AREA, f"{name} is told of {what}; `check --send-test` sends a message to try")
            continue
        said = Said(Key("test"), True, "a message to try: all is well")
        one = post(hook, said, config.site.name or "pvopt", None, 0.0)
        try:
            post_text(hook.url, one.body, None, one.headers, DEADLINE_S)
        except HttpError as fault:
            yield fail(AREA, f"{name}: {fault}", "look at its url, headers and kind")
        else:
            yield ok(AREA, f"{name} took a message to try; is told of {what}")
