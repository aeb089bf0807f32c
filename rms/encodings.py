"""What a file is written in, if it is not UTF-8, in the same sentences for every file that RMS reads."""

UTF_16_OR_32 = {  # how a file begins; UTF-32 comes first, because its mark begins with that of UTF-16
    b"\xff\xfe\x00\x00": "UTF-32",
    b"\x00\x00\xfe\xff": "UTF-32",
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
COMPRESSED = (b"\x1f\x8b", b"BZh", b"7z\xbc\xaf", b"\xfd7zXZ")
MANY_NULS = 3  # every third byte or more: text with a byte 0 before or after each letter


def not_utf8(name: str, content: bytes) -> str:
    """What is wrong with a file that is not UTF-8, from its first bytes, and what to do.

    >>> not_utf8("people.csv", "person".encode("utf-16"))
    'people.csv is UTF-16. Save it as UTF-8 (in a spreadsheet program: “CSV UTF-8”).'
    >>> not_utf8("people.ndjson", b"caf\\xe9")
    'people.ndjson is not UTF-8. It may be Windows-1252 (ANSI). Save it as UTF-8.'
    """
    wanted = "UTF-8 (in a spreadsheet program: “CSV UTF-8”)" if name.endswith(".csv") else "UTF-8"
    if content.startswith(COMPRESSED):
        return f"{name} is a compressed file. Unpack it, and save it as {wanted}."
    met = next((known for mark, known in UTF_16_OR_32.items() if content.startswith(mark)), None)
    if met is None and content.count(0) * MANY_NULS >= len(content) > 0:
        met = "UTF-16"
    if met is None and b"\0" in content:
        return f"{name} has NUL characters. It is damaged, or no text. Save it as {wanted}."
    if met is None:
        return f"{name} is not UTF-8. It may be Windows-1252 (ANSI). Save it as {wanted}."
    return f"{name} is {met}. Save it as {wanted}."


def line_at(content: bytes, at: int) -> int:
    """The line, from 1, with the byte at that place."""
    return content.count(b"\n", 0, at) + 1
