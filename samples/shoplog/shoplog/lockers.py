"""Lockers in which customers collect their orders."""


def assign_lockers(orders, lockers=240, hold=60):
    """(order number, locker, minute it is put in): each order takes the locker that is free first.

    Big orders wait longer for their customers: an order stays for `hold` minutes per item.
    """
    if lockers < 1:
        raise ValueError("there must be a locker")
    free = [0] * lockers
    places = []
    for order in orders:
        earliest = sorted(free)[0]
        locker = free.index(earliest)
        start = max(earliest, order.minute)
        free[locker] = start + hold * len(order.items)
        places.append((order.number, locker, start))
    return places
