"""Makes a line fit a stream: its width and the characters that it can show."""

import textwrap

from .lines import LABEL, Line

_ASCII = str.maketrans(
    {
        "\N{MICRO SIGN}": "u",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{RIGHTWARDS ARROW}": "->",
        "\N{PLUS-MINUS SIGN}": "+-",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{BOX DRAWINGS LIGHT HORIZONTAL}": "-",
        "\N{BOX DRAWINGS LIGHT VERTICAL}": "|",
        "\N{BOX DRAWINGS LIGHT QUADRUPLE DASH VERTICAL}": ":",
        "\N{BOX DRAWINGS LIGHT VERTICAL AND RIGHT}": "[",
        "\N{BOX DRAWINGS LIGHT VERTICAL AND LEFT}": "]",
        "\N{BOX DRAWINGS LIGHT VERTICAL AND HORIZONTAL}": "+",
        "\N{BLACK CIRCLE}": "o",
        "\N{MIDDLE DOT}": ".",
    }
)


def wrapped(line: Line, width: int | None) -> list[str]:
    """The line in pieces of at most `width` columns, continued under its own text; None never breaks it."""
    if width is None or len(line.text) <= width:
        return [line.text]
    return textwrap.wrap(
        line.text if line.narrow is None else line.narrow,
        max(width, LABEL + 8),
        subsequent_indent=" " * line.hang,
        break_on_hyphens=False,
        drop_whitespace=True,
    )


def visible(text: str) -> str:
    """A text of several lines with nothing that could move a cursor or hide a part: such characters become `?`."""
    return "".join(char if char in "\n\t" or char.isprintable() else "?" for char in text.replace("\r\n", "\n"))


def showable(text: str, encoding: str | None) -> str:
    """The text as the encoding can show it: near ASCII where there is one, `?` where not."""
    coding = encoding or "ascii"
    try:
        text.encode(coding)
    except UnicodeEncodeError:
        return text.translate(_ASCII).encode(coding, "replace").decode(coding)
    except LookupError:
        return text.translate(_ASCII).encode("ascii", "replace").decode()
    return text
