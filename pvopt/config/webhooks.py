"""Items of ``webhooks``: who is told when somebody has to look."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import field, frozen

from pvopt.config.bounds import Range

Event = Literal[
    "heater_alarm",
    "sensor_lost",
    "meter_lost",
    "too_hot",
    "legionella_due",
    "legionella_overdue",
    "restarted",
]
TEXT = "{home}: {text}"


@frozen(kw_only=True)
class Webhook:
    """``events`` empty: all. ``headers``: each ``Name: value``. ``repeat_min``: the same of one
    load no sooner than that; ``most_per_hour``: of all together. Addresses and headers are secret:
    many services take their key there."""

    url: str = field(repr=False)
    events: tuple[Event, ...] = ()
    headers: tuple[str, ...] = field(default=(), repr=False)
    repeat_min: Annotated[float, Range(1, 1440, "min")] = 30.0
    most_per_hour: Annotated[int, Range(1, 60)] = 12


@frozen(kw_only=True)
class JsonWebhook(Webhook):
    """Our own JSON: event, state, load, text, time."""

    kind: Literal["json"] = "json"


@frozen(kw_only=True)
class TextWebhook(Webhook):
    """A plain text, as ntfy takes it. ``text``: with {home}, {event}, {state}, {load}, {text}."""

    kind: Literal["text"] = "text"
    text: str = TEXT


@frozen(kw_only=True)
class ChatWebhook(Webhook):
    """JSON with the text in ``text_field`` (Slack, Mattermost, Telegram: text; Discord: content);
    ``chat_id``: of Telegram, empty: none."""

    kind: Literal["chat"] = "chat"
    text: str = TEXT
    text_field: str = "text"
    chat_id: str = field(default="", repr=False)


AnyWebhook = JsonWebhook | TextWebhook | ChatWebhook
