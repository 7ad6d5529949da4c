"""The sheet that hangs at the packing table."""

from .baskets import distinct_baskets, popular_baskets
from .customers import first_seen, regulars
from .lockers import assign_lockers
from .notes import frequent_words, words_of
from .packing import packing_plan


def daily_sheet(orders):
    """All there is to know about a day, as text."""
    orders = list(orders)
    words = frequent_words(words_of(orders))
    plan = packing_plan(orders)
    lines = [
        f"orders     {len(orders)}, {format_euros(sum(order.cents for order in orders))}",
        f"customers  {len(first_seen(orders))}, {len(regulars(orders))} regular",
        f"baskets    {len(distinct_baskets(orders))} different",
        f"boxes      {len(plan)}, the last one for #{plan[-1][0]}" if plan else "boxes      none",
        f"lockers    {len({locker for _, locker, _ in assign_lockers(orders)})} in use",
        "notes      " + (", ".join(f"{word} {words[word]}" for word in list(words)[:5]) or "none"),
    ]
    for basket, count in popular_baskets(orders):
        lines.append(f"  {count:>4} x {', '.join(basket)}")
    return "\n".join(lines)


def format_euros(cents):
    """`1 234.50 EUR`."""
    return f"{cents // 100:,}".replace(",", " ") + f".{cents % 100:02d} EUR"
