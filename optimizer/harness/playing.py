"""Makes one recorded call and says what it did, section by section: loaded by `replay.py`, by path.

A payload for the target's interpreter (3.6 or newer; standard library only). `packing`, `canonical`, `building`,
`members`, `returned`, `listening` and `written`, its neighbours, are put into its globals by whoever loads it; the last
is None for who takes times, whom it would cost too much.
"""

import base64
import json
import linecache
import os
import random
import sys
import types

building = globals()["building"]
canonical = globals()["canonical"]
listening = globals()["listening"]
members = globals()["members"]
packing = globals()["packing"]
returned = globals()["returned"]
written = globals()["written"]

ARGUMENTS = 30000
"""Parts: arguments with more of them are only looked at from outside to see whether they change."""
CALL = 1500
GIVEN_OUT = 24
"""Results of the calls on one object that are looked at once more when all is over."""


class Own:
    """Whether a class is the target's: its module lies in the tree, and is not installed there."""

    def __init__(self, root):
        self.root = os.path.realpath(root) + os.sep
        self.known = {}

    def __call__(self, kind):
        if kind not in self.known:
            file = getattr(sys.modules.get(kind.__module__), "__file__", None)
            self.known[kind] = isinstance(file, str) and self.holds(file)
        return self.known[kind]

    def holds(self, file):
        """Whether a file is one of the tree's own."""
        path = os.path.realpath(file)
        return path.startswith(self.root) and "site-packages" not in path


class Deaf:
    """In place of `written`, for who takes times: listening costs every call something."""

    seen = ()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Player:
    def __init__(self, request, label=""):
        self.request = request
        self.label = label
        self.own = Own(request["root"])
        self.files = written.Written() if written else Deaf()
        self.live = {}
        self.made = {}
        self.told = {}
        self.results = {}
        self.subject = None
        self.given_out = []
        self.met = {}
        self.names = {name: frozenset(names) for name, names in request["names"].items()}

    def unpacked(self, text):
        """(arguments, keywords) from a pickle, or from the tree of a call that was thought up."""
        if text[:1] == "{":
            builder = building.Builder(self.opened, self.object_of, self.made, lambda: self.subject, self.told)
            return builder.arguments(json.loads(text))
        return self.opened(text)

    def opened(self, text):
        return packing.unpack(base64.b64decode(text), self.object_of, self.made)

    def object_of(self, key, steps):
        """The object of a history after so many calls; within one case it is one object that moves on."""
        if key not in self.live:
            about = self.request["objects"][key]
            self.live[key] = [self.construct(about), 0]
        live = self.live[key]
        for step in self.request["objects"][key]["steps"][live[1] : steps]:
            live[1] += 1
            try:
                returned.drained(self.step_of(live[0], step)())
            except Exception:
                pass
        return live[0]

    def construct(self, about):
        _, kind = packing.resolve(about["module"], about["parts"])
        return self.make(kind, about, self.unpacked(first(about)))

    def make(self, kind, about, given):
        """By its class method, if it has one that gives an object of the class."""
        if not about["maker"]:
            return kind(*given[0], **given[1])
        value = getattr(kind, about["maker"]["name"])(*given[0], **given[1])
        if isinstance(value, kind):
            return value
        arguments, keywords = self.unpacked(about["p"])
        return kind(*arguments, **keywords)

    def step_of(self, value, step):
        arguments, keywords = self.unpacked(step["p"])
        return applied(value, step["name"], step["kind"], arguments, keywords)

    def play(self, case):
        """The steps of a case, each with its sections; the last one says what mappings were asked for, if that counts."""
        self.told = {}
        steps = self.steps(case)
        if self.told:
            steps[-1]["asked"] = json.dumps(self.told)
        return steps

    def steps(self, case):
        self.live, self.made, self.given_out = {}, {}, []
        random.seed(self.request["seed"])
        if "h" in case:
            return list(self.history(case["h"]))
        arguments, keywords = self.unpacked(case["p"])
        name = case["parts"][-1]
        if case["kind"] in ("method", "get", "set", "del"):
            owner, rest = arguments[0], arguments[1:]
            action = applied(owner, name, case["kind"], rest, keywords)
            return [self.observe(case["id"], spoken(".".join(case["parts"])), action, (arguments, keywords))]
        owner, entry = packing.resolve(case["module"], case["parts"])
        function = owner if case["kind"] == "new" else getattr(owner, name)
        shown = spoken(".".join(case["parts"][:-1] if case["kind"] == "new" else case["parts"]))
        results = []

        def action():
            results.append(function(*arguments, **keywords))
            return results[0]

        sections = self.observe(case["id"], shown, action, (arguments, keywords))
        return [dict(sections, **self.called(results, (arguments, keywords)))]

    def called(self, results, given):
        """What a function does that was made and returned; last of all, for it may change what it was made of."""
        if not (written and results and returned.is_made(results[0], self.own.root)):
            return {}
        asked = {}
        for label, texts in self.request["inner"].items():
            if label.startswith(self.label + "."):
                asked.setdefault(label.rpartition(".")[2], []).extend(texts)
        calls = returned.Calls(self, asked)
        return {"called": json.dumps(calls.of(results[0], given))}

    def history(self, key):
        about = self.request["objects"][key]
        _, kind = packing.resolve(about["module"], about["parts"])
        start = given = self.unpacked(first(about))
        made = []
        names = about["parts"] + ([about["maker"]["name"]] if about["maker"] else [])
        shown = spoken("x = %s" % ".".join(names))
        yield self.observe("", shown, lambda: made.append(self.make(kind, about, start)), start)
        if not made:
            return
        value, then = made[0], self.given(start)
        self.live[key] = [value, 1 << 30]
        self.subject = value
        last = given
        for step in about["steps"]:
            given = self.unpacked(step["p"])
            if step["kind"] == "part":
                shown = spoken(step["name"].replace("own.", "x."))
                yield self.observe("", shown, part(start, last, value, step["name"], given), given)
                continue
            last = given
            action = applied(value, step["name"], step["kind"], *given)
            yield self.observe("", spoken("x.%s" % step["name"], step["kind"]), action, given, value)
        yield self.afterwards(value, start, then)

    def afterwards(self, value, given, then):
        """What became of an object, of what its constructor was given (callbacks may have been told something), and of
        what it gave out: a snapshot stays as it was, a view moves on.
        """
        writer, now = self.writer(False), self.given(given)
        sections = {"call": "the object afterwards"}
        if now != then:
            sections["arguments afterwards"] = changed(now)
        moved = [text for text in map(self.moved, self.given_out) if text]
        if moved:
            sections["results afterwards"] = "; ".join(moved)
        try:
            sections["state"] = self.short(writer.text(value))
            sections["opaque"] = sorted(writer.opaque)
        except canonical.TooBig:
            sections["opaque"] = ["an object with too many parts"]
        return sections

    def keep(self, sections, result, mine):
        """Only where the target's objects are in it: of plain things `sharing` tells what an object keeps."""
        if len(self.given_out) < GIVEN_OUT and any(self.own(type(one)) for _, one in mine.values()):
            self.given_out.append((sections["call"], result, sections["value"]))

    def moved(self, entry):
        """How a result looks now, if that is another way than when it was given out."""
        step, result, then = entry
        try:
            now = self.short(self.writer().text(result))
        except canonical.TooBig:
            return ""
        return "" if now == then else "of %s: %s" % (step, now)

    def writer(self, drain=True, **more):
        writer = canonical.Writer(self.own, drain, self.made, names=self.names, **more)
        writer.met = self.met
        return writer

    def short(self, text):
        return canonical.shortened(text, self.request["root"])

    def given(self, given):
        """The arguments as a text; iterators are not touched. Of what is large only that it is another."""
        try:
            return self.short(self.writer(False, nodes=ARGUMENTS, texts=False).text(given))
        except canonical.TooBig:
            return "large, with outline %s" % hash(members.outline(given))

    def observe(self, name, shown, action, given, value=None):
        """One call: its value or exception, what it did to its arguments, what it shares with them, what it said.

        Sections: call (not compared), value, raised, message, explicit, arguments (where they changed), shared,
        generators, stdout, stderr, warnings, logs, files, opaque (what could not be looked into); `play` adds called.
        """
        before = self.given(given)
        held = members.parts(given, 5000)
        writer = self.writer()
        with listening.Captured() as captured, self.files:
            sections = {"call": shown(self.call_text(given))[:CALL]}
            try:
                result = action()
                early = self.given(given)
                result = returned.awaited(result)
                sections["value"] = self.short(writer.text(result))
                sections["generators"] = str(writer.generators)
                sections["opaque"] = sorted(writer.opaque)
                if writer.failed is not None:
                    sections["explicit"] = returned.explicit(writer.failed, self.own.holds)
                mine = self.sharing(name, sections, result, held, value)
                if value is not None and result is not value and not writer.drained:
                    self.keep(sections, result, mine)
            except canonical.TooBig:
                sections["opaque"] = ["a value with too many parts"]
            except BaseException as error:
                early = self.given(given)
                sections.update(self.failure(error))
            late = self.given(given) if writer.drained else early
            if early != before:
                sections["arguments"] = changed(early)
            if late != early:
                sections["arguments afterwards"] = late
            sections.update((name, self.short(text)) for name, text in captured.sections().items())
        if self.files.seen:
            sections["files"] = self.short(self.files.section())
        return sections

    def call_text(self, given):
        arguments, keywords = given
        texts = [self.brief(one) for one in arguments]
        return ", ".join(texts + ["%s=%s" % (name, self.brief(one)) for name, one in keywords.items()])

    def brief(self, value):
        """A text for people."""
        try:
            return self.short(self.writer(False, nodes=400, few=8).text(value))
        except canonical.TooBig:
            return "…"

    def sharing(self, name, sections, result, held, value):
        """What of the result is the very object that was given, or that an object keeps; returns what it consists of."""
        found, inner = [], {}
        mine = members.parts(result, 2000)
        if value is not None and any(canonical.changing(one) for _, one in mine.values()):
            inner = members.parts(value, 5000, private=True)
        for key, (path, one) in mine.items():
            mutable = canonical.changing(one)
            if key in held and (mutable or self.has_identity(one)):
                found.append("result%s is argument%s" % (path, held[key][0]))
            elif key in inner and mutable:
                found.append("result%s is a part of the object" % path)
        if found:
            sections["shared"] = "; ".join(sorted(found)[:50])
        if name and len(self.results) < 500:
            self.results.setdefault(name, result)
        return mine

    def has_identity(self, value):
        """Whether an object of the target's can be told from an equal one: it can change, or is equal to itself only."""
        kind = type(value)
        if not self.own(kind) or isinstance(value, (tuple, str, bytes, int, float, frozenset, type)):
            return False
        return kind.__eq__ is object.__eq__ or kind.__hash__ is None

    def failure(self, error):
        writer = self.writer()
        sections = {"raised": canonical.title(type(error)), "explicit": returned.explicit(error, self.own.holds)}
        try:
            text = "%s %s" % (writer.write(error), ascii(str(error)))
        except Exception as problem:
            text = "its text raises %s" % type(problem).__name__
        sections["message"] = self.short(text)
        return sections

    def again(self, case, first):
        """The same call once more: the answer must not depend on earlier ones, nor be the object given out then."""
        before = self.results.get(case["id"])
        held = members.parts(before, 2000) if before is not None else {}
        self.results.pop(case["id"], None)
        steps = self.play(case)
        second = self.results.get(case["id"])
        mine = members.parts(second, 2000) if second is not None else {}
        same = ["result" + path for key, (path, one) in mine.items() if key in held and canonical.changing(one)]
        found = {
            name: text for name, text in steps[0].items() if name in ("value", "raised") and first.get(name) != text
        }
        return {
            "call": steps[0]["call"],
            "again": json.dumps(found, sort_keys=True),
            "kept": ", ".join(sorted(same)[:20]),
        }

    def globals_now(self):
        """Public data of the watched modules, and lines of code that was made at run time; what is too big is left out."""
        found = {
            "the lines of %s" % name: self.short(ascii(entry[2]))
            for name, entry in list(linecache.cache.items())
            if name[:1] == "<" and len(entry) == 4
        }
        for name in self.request["watched"]:
            for key, value in sorted(vars(sys.modules[name]).items()) if name in sys.modules else ():
                if not key.startswith("_") and not isinstance(value, canonical.NAMES):
                    writer = self.writer(False, nodes=20000, texts=False)
                    try:
                        found["%s.%s" % (name, key)] = self.short(writer.text(value))
                    except (canonical.TooBig, Exception):
                        continue
        return found


def changed(text):
    """How arguments that are not what they were are told; of large ones nothing but that."""
    return text if text[:6] != "large," else "others than before"


def spoken(name, kind="call"):
    """How a call is shown, given its arguments as a text."""
    if kind in ("get", "del"):
        return lambda text: "%s%s" % ("del " if kind == "del" else "", name)
    return lambda text: "%s = %s" % (name, text) if kind == "set" else "%s(%s)" % (name, text)


def first(about):
    """What the call was given that makes an object."""
    return about["maker"]["p"] if about["maker"] else about["p"]


def part(start, last, value, name, given):
    """A call on what was given to a constructor or to the last call: `made.0.append`, `last.name.clear`, or on a member
    of it: `made.0.2.update`; or on an attribute of the object: `own.items.append`.
    """
    whose, which, *path, method = name.split(".")
    if whose == "own":
        return lambda: applied(getattr(value, which), method, "method", *given)()
    arguments, keywords = start if whose == "made" else last
    value = arguments[int(which)] if which.isdigit() else keywords[which]
    for number in path:
        value = (list(value.values()) if isinstance(value, dict) else value)[int(number)]
    return applied(value, method, "method", *given)


def applied(value, name, kind, arguments, keywords):
    """The call, attribute access, assignment or deletion, ready to be made."""
    if kind == "get":
        return lambda: getattr(value, name)
    if kind == "set":
        return lambda: setattr(value, name, *arguments)
    if kind == "del":
        return lambda: delattr(value, name)
    return lambda: getattr(value, name)(*arguments, **keywords)
