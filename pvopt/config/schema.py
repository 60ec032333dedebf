"""The whole configuration: one frozen class per section."""

from __future__ import annotations

from typing import Literal

from attrs import frozen

from pvopt.config.control import Control
from pvopt.config.loads import Load
from pvopt.config.mqtt import Mqtt
from pvopt.config.page import Page
from pvopt.config.service import Demo, Gpio, Log, State
from pvopt.config.site import Site
from pvopt.config.sources import SourceConfig
from pvopt.config.storages import Split, Storage
from pvopt.config.store import Store
from pvopt.config.webhooks import AnyWebhook


@frozen(kw_only=True)
class Config:
    """``demo`` present: a simulated home stands behind the first ``gx_modbus`` source.

    ``mqtt`` absent: no broker, and nothing that needs one. ``page`` absent: no page.
    """

    version: Literal[1] = 1
    site: Site
    sources: tuple[SourceConfig, ...]
    control: Control = Control()
    loads: tuple[Load, ...] = ()
    storages: tuple[Storage, ...] = ()
    split: Split = Split()
    mqtt: Mqtt | None = None
    page: Page | None = None
    webhooks: tuple[AnyWebhook, ...] = ()
    gpio: Gpio = Gpio()
    log: Log = Log()
    state: State = State()
    store: Store = Store()
    demo: Demo | None = None
