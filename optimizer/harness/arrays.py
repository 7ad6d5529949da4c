"""Describes NumPy's arrays and scalars as plain trees, and builds them from such trees: loaded with `building.py`.

A payload for the target's interpreter (3.6 or newer; standard library only, and NumPy where the target has it). Trees
are those of `building.py`:

    array   v: the members in C order as a JSON list; n: the shape as "3,4", then words on how they lie in memory;
            a: the dtype
    scalar  v: the member as JSON; a: the dtype

Large arrays are cut along each axis, for what is described is there to be varied. How they lie: `fortran`, `strided` (with
gaps), `backwards` (negative strides), `frozen` (not writeable).
"""

import importlib
import json
import sys

KINDS = frozenset("biuf")
MOST = 144
"""Members."""


def described(value, node):
    """A tree made by `node`, or None for what is no array of numbers."""
    numpy = sys.modules.get("numpy")
    if numpy is None or getattr(getattr(value, "dtype", None), "kind", "") not in KINDS:
        return None
    if isinstance(value, numpy.generic):
        return node("scalar", json.dumps(value.item()), about=value.dtype.str)
    if type(value) is not numpy.ndarray:
        return None
    part = value[tuple(slice(0, most) for most in longest(value.shape))]
    shape = ",".join(str(one) for one in part.shape)
    return node("array", json.dumps(part.ravel().tolist()), names=[shape] + lies(value), about=value.dtype.str)


def longest(shape):
    """How much of each axis is described: all of the short ones, the same of the others."""
    left, found = MOST, dict.fromkeys(range(len(shape)), 0)
    for done, axis in enumerate(sorted(found, key=lambda axis: shape[axis])):
        others = len(shape) - done
        found[axis] = min(shape[axis], max(1, int(left ** (1.0 / others) + 1e-9)))
        left = max(1, left // max(1, found[axis]))
    return [found[axis] for axis in range(len(shape))]


def lies(value):
    frozen = [] if value.flags.writeable else ["frozen"]
    return (["fortran"] if value.flags.f_contiguous and not value.flags.c_contiguous else []) + frozen


def built(tree):
    """The value of a tree. Whole numbers that do not fit wrap around."""
    numpy = importlib.import_module("numpy")
    dtype = numpy.dtype(tree["a"])
    found = json.loads(tree["v"])
    if tree["t"] == "scalar":
        return numpy.array(fitting(found, dtype, numpy), dtype)[()]
    shape = [int(one) for one in tree["n"][0].split(",") if one]
    made = numpy.array([fitting(one, dtype, numpy) for one in found], dtype).reshape(shape)
    for way in tree["n"][1:]:
        made = LAID[way](made, numpy)
    return made


def fitting(value, dtype, numpy):
    if dtype.kind in "iu":
        least, most = int(numpy.iinfo(dtype).min), int(numpy.iinfo(dtype).max)
        return (int(value) - least) % (most - least + 1) + least
    return bool(value) if dtype.kind == "b" else float(value)


def strided(array, numpy):
    return numpy.repeat(array, 2, axis=-1)[..., ::2] if array.ndim else array


def backwards(array, numpy):
    return array[::-1].copy()[::-1] if array.ndim else array


def frozen(array, numpy):
    array.flags.writeable = False
    return array


LAID = {
    "fortran": lambda array, numpy: numpy.asfortranarray(array),
    "strided": strided,
    "backwards": backwards,
    "frozen": frozen,
}
