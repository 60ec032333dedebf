"""Where a load stands with its hygiene, for the log."""

from __future__ import annotations

from pvopt.decide.legionella import Progress

STANDS: dict[Progress, str] = {
    Progress.DONE: "hygiene was done {done}, the next is due by {due}",
    Progress.FIRST: "hygiene is due by {due}, for nothing is known of this tank yet",
    Progress.WAITING: "hygiene is due by {due}: waiting for the sun, heating begins {start}",
    Progress.HEATING: "hygiene is due by {due}: heating, whatever the sun does",
    Progress.OVERDUE: "hygiene is overdue since {due}: not hot enough for long enough",
}
