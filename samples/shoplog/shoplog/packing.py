"""In which order parcels leave the packing table."""


def packing_plan(orders, box=4):
    """(order number, box number) in packing order.

    One box holds `box` items. Who needs more than one box stands in line again for the next one, so
    that nobody waits for a big order in front of them.
    """
    line = [(order.number, len(order.items), 1) for order in orders]
    plan = []
    while line:
        number, left, turn = line.pop(0)
        plan.append((number, turn))
        if left > box:
            line.append((number, left - box, turn + 1))
    return plan
