"""The ladder: one check per file, cheapest first. None of them can tell who wrote a candidate."""
