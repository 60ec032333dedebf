"""The ladder: one budget shared out among the loads, first come the first ranks."""

from __future__ import annotations


def share(budget_w: float, able_w: tuple[float, ...]) -> tuple[tuple[float, ...], float]:
    """Offers (W, one a load, in rank order) and what remains of the budget (W).

    ``able_w``: what each load could take now, 0 for one that may not run. The sum of offers
    and remainder is the budget. Worked: 1,500 W over (1,000, 2,000) gives (1,000, 500), 0.
    """
    offers: list[float] = []
    left_w = max(0.0, budget_w)
    for most_w in able_w:
        offer_w = min(left_w, max(0.0, most_w))
        offers.append(offer_w)
        left_w -= offer_w
    return tuple(offers), left_w
