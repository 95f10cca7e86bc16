"""Where text meets the terminal: plain text in, never markup, broken between words or not at all."""

import io
import os
import sys
import textwrap

from rich.console import Console
from rich.text import Text

INDENT = "  "


def bear_any_encoding() -> None:
    """Signs that the terminal's encoding lacks are printed as a question mark, instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def open_console() -> Console:
    """A console on standard output that shows every character as it stands: no markup, emoji codes or highlighting."""
    return Console(markup=False, emoji=False, highlight=False, soft_wrap=True)


def width_of(console: Console) -> int | None:
    """Columns of the terminal, or of COLUMNS where that is set; None for a pipe or a file, where nothing has to fit."""
    return console.width if console.is_terminal or os.environ.get("COLUMNS", "").isdigit() else None


def print_text(text: str, style: str = "", *, indent: str = INDENT, console: Console | None = None) -> None:
    """One paragraph, wrapped between words where the terminal is too narrow for it; a longer word stays whole."""
    console = console or open_console()
    console.print(Text("\n".join(wrap(text, width_of(console), indent=indent)), style))


def print_pair(head: str, rest: str, style: str = "", *, console: Console | None = None) -> None:
    """Two texts beside each other, or where the terminal is too narrow for that, below each other."""
    console = console or open_console()
    width = width_of(console)
    if width is None or len(head) + 1 + len(rest) <= width:
        lines = wrap(f"{head} {rest}", width)
    else:
        lines = [*wrap(head, width), *wrap(rest, width, INDENT)]
    console.print(Text("\n".join(lines), style))


def print_pointer(text: str) -> None:
    """A line that ends, after a colon, in a command, a path or an address, which stays whole and can be copied."""
    console = open_console()
    for line in pointer_lines(text, width_of(console)):
        console.print(Text(line))


def pointer_lines(text: str, width: int | None) -> list[str]:
    """See `print_pointer`: one line, or two where `width` has no room for it."""
    what, colon, pointer = text.partition(": ")
    if colon and width is not None and len(text) > width:
        return [f"{what}:", INDENT + pointer]
    return [text]


def wrap(text: str, width: int | None, mark: str = "", indent: str = INDENT) -> list[str]:
    """Lines of at most `width` characters unless one word is longer; None: one line.

    mark: what the first line begins with; indent: what the others begin with.
    """
    if width is None:
        return [mark + " ".join(text.split())]
    return textwrap.wrap(
        text, width, initial_indent=mark, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def fitting(pieces: list[str], room: int | None) -> str:
    """As many of the pieces, from the first, as have room beside each other, parted by commas."""
    while len(pieces) > 1 and room is not None and len(", ".join(pieces)) > room:
        pieces = pieces[:-1]
    return ", ".join(pieces)
