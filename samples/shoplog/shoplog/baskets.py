"""What is bought together."""


def distinct_baskets(orders):
    """The different baskets, as lists of items, in the order they were first bought."""
    baskets = []
    for order in orders:
        if order.items not in baskets:
            baskets.append(order.items)
    return baskets


def popular_baskets(orders, limit=3):
    """The baskets that are bought most often, whatever the order of their items: (items, count)."""
    counts = {}
    for order in orders:
        basket = tuple(sorted(order.items))
        counts[basket] = counts.get(basket, 0) + 1
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(list(basket), count) for basket, count in ranked[:limit]]
