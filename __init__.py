"""perfsmith makes code faster with language models, and proves it."""

__version__ = "0.1.0"
