import pytest

from shoplog import (
    Order,
    assign_lockers,
    distinct_baskets,
    first_seen,
    frequent_words,
    packing_plan,
    popular_baskets,
    regulars,
    words_of,
)


def order(number=1, customer="mira", items=("tea",), minute=0, note=""):
    return Order(number, "2026-03-14", minute, customer, list(items), 100, note)


def of_customers(names):
    return [order(customer=name) for name in names]


def test_customers_in_the_order_of_their_first_purchase():
    assert first_seen(of_customers("badabc")) == ["b", "a", "d", "c"]
    assert first_seen([]) == []


def test_customers_can_be_told_apart_in_a_long_log():
    names = [f"c{number % 300}" for number in range(900)]
    assert first_seen(of_customers(names)) == names[:300]


def test_regulars_the_best_first_then_by_name():
    assert regulars(of_customers("bbbaaaccccd")) == ["c", "a", "b"]
    assert regulars(of_customers("ab"), least=1) == ["a", "b"]


def test_words_are_letters_only():
    orders = [order(note="Please ring TWICE, please"), order(note="it's no. 7"), order()]
    assert words_of(orders) == ["please", "ring", "please", "it's"]


def test_a_word_may_have_one_apostrophe_inside():
    assert words_of([order(note="o'clock 'tis rock'n'roll dogs' x")]) == ["o'clock", "x"]


def test_frequent_words_in_alphabetical_order():
    words = "ring bell ring door bell ring".split()
    assert list(frequent_words(words).items()) == [("bell", 2), ("ring", 3)]
    assert list(frequent_words(words, least=1)) == ["bell", "door", "ring"]
    assert frequent_words([]) == {}


def test_one_box_each_then_the_rest_of_the_big_ones():
    orders = [order(1, items="a" * 9), order(2, items="b" * 4), order(3, items="c" * 5)]
    assert packing_plan(orders) == [(1, 1), (2, 1), (3, 1), (1, 2), (3, 2), (1, 3)]


def test_the_size_of_a_box():
    assert packing_plan([order(1, items="abc")], box=1) == [(1, 1), (1, 2), (1, 3)]
    assert packing_plan([]) == []


def test_the_locker_that_is_free_first():
    orders = [order(1, items="abc", minute=10), order(2, minute=20), order(3, minute=30), order(4, minute=900)]
    assert assign_lockers(orders, lockers=2, hold=100) == [(1, 0, 10), (2, 1, 20), (3, 1, 120), (4, 1, 900)]


def test_among_lockers_that_are_free_at_once_the_first():
    assert assign_lockers([order(7), order(8), order(9)], lockers=3) == [(7, 0, 0), (8, 1, 0), (9, 2, 0)]


def test_no_lockers_at_all():
    with pytest.raises(ValueError, match="there must be a locker"):
        assign_lockers([order()], lockers=0)


def test_baskets_are_the_same_only_in_the_same_order():
    orders = [order(items=items) for items in (["tea", "cup"], ["cup", "tea"], ["tea", "cup"], ["tea"])]
    assert distinct_baskets(orders) == [["tea", "cup"], ["cup", "tea"], ["tea"]]


def test_popular_baskets_in_any_order_of_items():
    orders = [order(items=items) for items in (["tea", "cup"], ["cup", "tea"], ["tea"], ["jam"])]
    assert popular_baskets(orders, limit=2) == [(["cup", "tea"], 2), (["jam"], 1)]
