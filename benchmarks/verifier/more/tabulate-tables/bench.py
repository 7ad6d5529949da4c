"""Tables of numbers, texts and gaps in several formats; prints a digest of what comes out."""

import hashlib

from tabulate import tabulate

ROWS = [[f"name {n}", n * 1.25, n * n, None if n % 7 == 0 else f"{n % 5}", "x" * (n % 9)] for n in range(60)]
HEADERS = ["name", "share", "square", "group", "bar"]

digest = hashlib.sha256()
for style in ("plain", "grid", "github", "pipe", "html", "latex", "tsv", "outline"):
    for options in ({}, {"floatfmt": ".3f"}, {"numalign": "center"}, {"showindex": True}, {"missingval": "-"}):
        digest.update(tabulate(ROWS, HEADERS, tablefmt=style, **options).encode())
    digest.update(tabulate({"a": [1, 2], "b": ["x", "y"]}, headers="keys", tablefmt=style).encode())
    digest.update(tabulate(ROWS[:9], HEADERS, tablefmt=style, maxcolwidths=[None, None, None, None, 4]).encode())
print(digest.hexdigest())
