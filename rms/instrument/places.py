"""Where each key of a TOML text is: its line.

`tomllib` parses a text but does not say where anything stands in it. This only follows the text's
headers, keys, lists and braces; the text must be valid TOML.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping

_TOKEN = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:\\.|[^"\\])*"'
    r"|'[^']*'"
    r"|\#[^\n]*|\n|[\[\]{},=.]|[^\s\[\]{},=.\"'#]+",
    re.DOTALL,
)
_QUOTES = "\"'"


def lines_of(text: str) -> Mapping[str, int]:
    """The line of each table, key and element of a list, by its JSON pointer.

    >>> lines_of('name = "x"\\n[[items]]\\nlevels = [\\n { value = 0 },\\n]\\n')["/items/0/levels/0/value"]
    4
    """
    return dict(_Walk(text).places())


def line_at(pointer: str, lines: Mapping[str, int]) -> int:
    """The line of the pointer, or of the nearest table around it; 1 for the file itself."""
    while pointer and pointer not in lines:
        pointer = pointer.rpartition("/")[0]
    return lines.get(pointer, 1)


class _Walk:
    def __init__(self, text: str) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._tables: Counter[str] = Counter()  # how many tables each list of tables has so far

    def places(self) -> Iterator[tuple[str, int]]:
        table = ""
        while (token := self._peek()) is not None:
            word, line = token
            if word == "[":
                table = self._header()
                yield table, line
            elif word == "\n":
                self._at += 1
            else:
                yield from self._pair(table)

    def _header(self) -> str:
        """The pointer of the table that begins here: `[a.b]` or `[[a.b]]`."""
        start = self._at
        while self._tokens[self._at][0] == "[":
            self._at += 1
        is_list = self._at - start == 2
        names = self._key("]")
        while self._peek() is not None and self._tokens[self._at][0] == "]":
            self._at += 1
        pointer = ""
        for at, name in enumerate(names):
            pointer += f"/{name}"
            if is_list and at == len(names) - 1:
                self._tables[pointer] += 1
            if self._tables[pointer]:
                pointer += f"/{self._tables[pointer] - 1}"
        return pointer

    def _pair(self, table: str) -> Iterator[tuple[str, int]]:
        line, names = self._tokens[self._at][1], self._key("=")
        self._at += 1
        pointer = table
        for name in names:
            pointer += f"/{name}"
            yield pointer, line
        yield from self._value(pointer)

    def _value(self, pointer: str) -> Iterator[tuple[str, int]]:
        word = self._tokens[self._at][0]
        if word == "[":
            yield from self._list(pointer)
        elif word == "{":
            yield from self._braces(pointer)
        else:  # a date or a number has several tokens
            while (token := self._peek()) and token[0] not in ("\n", ",", "]", "}"):
                self._at += 1

    def _list(self, pointer: str) -> Iterator[tuple[str, int]]:
        self._at += 1
        position = 0
        while (token := self._tokens[self._at])[0] != "]":
            if token[0] in ("\n", ","):
                self._at += 1
                continue
            yield f"{pointer}/{position}", token[1]
            yield from self._value(f"{pointer}/{position}")
            position += 1
        self._at += 1

    def _braces(self, pointer: str) -> Iterator[tuple[str, int]]:
        self._at += 1
        while self._tokens[self._at][0] != "}":
            if self._tokens[self._at][0] in ("\n", ","):
                self._at += 1
            else:
                yield from self._pair(pointer)
        self._at += 1

    def _key(self, end: str) -> list[str]:
        names = []
        while (word := self._tokens[self._at][0]) != end:
            if word != ".":
                names.append(word[1:-1] if word[0] in _QUOTES else word)
            self._at += 1
        return names

    def _peek(self) -> tuple[str, int] | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None


def _tokens(text: str) -> Iterator[tuple[str, int]]:
    """Each word of the text with its line; comments are left out."""
    line = 1
    for match in _TOKEN.finditer(text):
        word = match[0]
        if not word.startswith("#"):
            yield word, line
        line += word.count("\n")
