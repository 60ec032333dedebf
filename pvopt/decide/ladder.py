"""The ladder: one budget shared out among the loads, first come the first ranks."""

from __future__ import annotations


def offer_of(left_w: float, most_w: float, least_w: float) -> float:
    """One load's part of what is left (W): what it can take, or nothing if it cannot use it. A
    kernel. Worked: of 500 W a load of 40 to 2000 W gets 500 W, one of 1000 to 2000 W nothing."""
    offer_w = min(left_w, max(0.0, most_w))
    return 0.0 if offer_w < least_w else offer_w


def share(
    budget_w: float, able_w: tuple[float, ...], least_w: tuple[float, ...] = ()
) -> tuple[tuple[float, ...], float]:
    """Offers (W, one a load, in rank order) and what remains of the budget (W).

    ``able_w``: what each load could take now, 0 for one that may not run; ``least_w``: the
    least each can use (none given: 0): less than that is passed on. The sum of offers and
    remainder is the budget. Worked: 1,500 W over (1,000, 2,000) gives (1,000, 500), 0; over
    the same with least (1,600, 0) gives (0, 1,500), 0.
    """
    offers: list[float] = []
    left_w = max(0.0, budget_w)
    for rank, most_w in enumerate(able_w):
        offer_w = offer_of(left_w, most_w, least_w[rank] if least_w else 0.0)
        offers.append(offer_w)
        left_w -= offer_w
    return tuple(offers), left_w
