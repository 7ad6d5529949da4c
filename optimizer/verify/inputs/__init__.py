"""Thinking up inputs: from what was recorded, in the types that were recorded or hinted at."""
