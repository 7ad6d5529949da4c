"""Who buys in the shop."""


def first_seen(orders):
    """Customers, in the order of their first purchase."""
    customers = []
    for order in orders:
        if order.customer not in customers:
            customers.append(order.customer)
    return customers


def regulars(orders, least=3):
    """Customers with at least so many orders, the best one first."""
    counts = {}
    for order in orders:
        counts[order.customer] = counts.get(order.customer, 0) + 1
    found = [customer for customer, count in counts.items() if count >= least]
    return sorted(found, key=lambda customer: (-counts[customer], customer))
