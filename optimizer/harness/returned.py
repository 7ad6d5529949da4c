"""What a call returned, waited for, and called where it is a function; whether what it raised was raised on purpose.

Loaded by who loads `playing.py`, by path.

A payload for the target's interpreter (3.6 or newer; standard library only; POSIX). `canonical`, its neighbour, is put
into its globals by whoever loads it.

A function that was made inside another one is no more than "a function" to who looks at it. It is called as it was
called when calls were recorded. What a decorator makes takes whatever the function takes that it wraps, which is one of
ours, and told. Others, where no call was recorded, are called with the plain values that the outer function was given:
a guess, so that an interpreter's complaint about a type says nothing.
"""

import itertools
import os
import signal
import types

canonical = globals()["canonical"]

SECONDS = 0.25
"""For one call; what takes longer is not waited for, and nothing is called after it."""
WRAPPED = frozenset("f fn func function method callback handler wrapped view task".split())
"""Names of the parameter of a decorator."""
ASKED = ((1,), (1,), (2,), (1,), ("a",), ((1, 2),), ("a",), ())
VALUES = 5
PAIRS = 9


def awaited(result):
    """What a coroutine returns, what an asynchronous iterator gives, what a context manager enters."""
    if isinstance(result, types.CoroutineType):
        import asyncio

        return asyncio.run(result) if hasattr(asyncio, "run") else asyncio.new_event_loop().run_until_complete(result)
    if isinstance(result, types.AsyncGeneratorType):
        return awaited(collected(result))
    if type(result).__name__ == "_GeneratorContextManager":
        return managed(result)
    return result


async def collected(items):
    found = []
    async for one in items:
        found.append(one)
        if len(found) >= canonical.ITEMS:
            break
    return ("an asynchronous generator", found)


def managed(manager):
    with manager as value:
        return ("a context manager", value)


def drained(result):
    result = awaited(result)
    if isinstance(result, types.GeneratorType):
        for _ in zip(range(canonical.ITEMS), result):
            pass


class TooLong(BaseException):
    pass


def expired(*_):
    raise TooLong()


def is_made(value, root):
    """Whether a value is a function of the target's that was made by another one."""
    if type(value) is not types.FunctionType or not value.__closure__:
        return False
    return os.path.realpath(value.__code__.co_filename).startswith(root)


class Calls:
    """`player` opens what was packed and shows it; `asked` holds by the name of a function what it was given once."""

    def __init__(self, player, asked):
        self.player = player
        self.asked = asked
        self.said = []

    def of(self, function, given):
        """[call, what it gives, whether it is refused] of each, in order; null where what it gives may not count."""
        before = signal.signal(signal.SIGALRM, expired)
        try:
            self.all(function, given)
            self.recorded(function, 2)
        except (TooLong, Exception):
            pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before or signal.SIG_DFL)
        return self.said

    def all(self, function, given):
        needed, more = required(function)
        if needed is None:
            return
        if len(needed) == 1 and needed[0].strip("_") in WRAPPED:
            for answer in (lambda *given, **named: None, lambda *given, **named: given[0] if given else 0):
                self.wrapping(function, answer)
        elif more and not needed:
            self.several(function, ASKED, False)
        elif function.__code__.co_name not in self.asked:
            self.several(function, list(guesses(given, len(needed))), True)
        self.attributes(function)

    def recorded(self, function, depth):
        """As it was called when calls were recorded, and what that gives, where it is such a function again."""
        for text in self.asked.get(function.__code__.co_name, ()):
            arguments, keywords = self.player.unpacked(text)
            shown = "of (%s)" % self.player.call_text((arguments, keywords))
            result = self.call(shown, lambda: function(*arguments, **keywords), False)
            if depth > 1 and is_made(result, self.player.own.root):
                self.recorded(result, depth - 1)

    def wrapping(self, function, answer):
        """A decorator: what it makes of a function, and what that one is told."""
        told = []

        def heard(*given, **named):
            told.append((given, named))
            return answer(*given, **named)

        inner = self.call("of a function", lambda: function(heard), False)
        if is_made(inner, self.player.own.root):
            self.several(inner, ASKED, False)
            self.note("which was told", told)
            self.attributes(inner)

    def several(self, function, asked, guessed):
        for given in asked:
            self.call("of %s" % ascii(given), lambda: function(*given), guessed)

    def call(self, name, action, guessed):
        """The result, waited for; an exception is told, but a type that a guess does not fit."""
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            result = awaited(action())
            self.note(name, result)
            return result
        except TooLong:
            raise
        except BaseException as error:
            unfit = guessed and isinstance(error, (TypeError, AttributeError))
            self.said.append([name, None if unfit else canonical.raised(error), True])
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)

    def note(self, name, value):
        self.said.append([name, self.player.short(self.player.writer().text(value)), False])

    def attributes(self, function):
        """Public ones that were put on it; those of what it wraps are there, too."""
        public = {name: value for name, value in vars(function).items() if name[:1] != "_"}
        if public:
            self.note("its attributes", public)


def required(function):
    """(names of the arguments that it needs, whether it takes more of them); None where it cannot be called by place."""
    import inspect  # what is seldom needed is loaded late: workers are started often

    try:
        listed = list(inspect.signature(function, follow_wrapped=False).parameters.values())
    except (ValueError, TypeError):
        return None, False
    open_ = [one for one in listed if one.default is one.empty]
    if any(one.kind is one.KEYWORD_ONLY for one in open_) or inspect.iscoroutinefunction(function):
        return None, False
    needed = [one.name for one in open_ if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    return needed, any(one.kind is one.VAR_POSITIONAL for one in listed)


def guesses(given, count):
    """Arguments for so many parameters, of the plain values in what the outer function was given."""
    if not count:
        return [(), (), ()]
    found, waiting = {}, [given]
    while waiting and len(found) < VALUES:
        one = waiting.pop(0)
        if type(one) in (int, float, str, bytes):
            found.setdefault((type(one), one), one)
        elif type(one) is dict:
            waiting += list(one) + list(one.values())
        elif type(one) in (list, tuple):
            waiting += one[:VALUES]
    values = list(found.values())
    return list(itertools.islice(itertools.product(values, repeat=count), PAIRS)) if count < 3 else []


def explicit(error, own):
    """Whether a `raise` was written for this exception, rather than the interpreter finding something wrong: "yes", or
    "own" where it stands in a file that is `own`, or "no".
    """
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None or place.tb_lasti < 0:
        return "no"
    import dis  # what is seldom needed is loaded late: workers are started often

    code = place.tb_frame.f_code
    if dis.opname[code.co_code[place.tb_lasti]] not in ("RAISE_VARARGS", "RERAISE"):
        return "no"
    return "own" if own(code.co_filename) else "yes"
