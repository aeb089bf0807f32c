"""The tags of a PDF: what each part of its pages is, in the order in which it is read.

A screen reader reads the tree of tags, not the page: headings, paragraphs, tables with the cells that are
headings, pictures with their words. What is on every page, and every line and ground, is an artifact: it is
not read. ISO 32000-1, 14.7 and 14.8; ISO 14289-1 (PDF/UA-1).

    page      /P <</MCID 3>> BDC … EMC       a part of the page, with its number on that page
    element   << /S /P /Pg page /K 3 >>      says what it is, and where in the tree
    root      << /ParentTree … >>            from each number of each page to its element
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from reportlab.pdfbase.pdfdoc import XMP, PDFDictionary, PDFDocument, PDFObject, PDFPage, PDFString

ARTIFACT = "/Artifact BMC"
ON_EVERY_PAGE = "/Artifact <</Type /Pagination>> BDC"
PDF_UA = """<?xpacket begin="\N{ZERO WIDTH NO-BREAK SPACE}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<pdfuaid:part>1</pdfuaid:part>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""


@dataclass
class Element:
    """One element of the tree: a heading, a paragraph, a table, a row, a cell, a picture.

    `alternative` is what a picture shows, in words. `text` is what is read in place of the letters on the
    page, where these are drawn in another order. `attributes` are as in the file. `mark` is where it is
    drawn: the page and its number there, both from 0. What has elements of its own is not drawn itself.
    """

    role: str
    alternative: str = ""
    text: str = ""
    attributes: str = ""
    elements: list["Element"] = field(default_factory=list)
    mark: tuple[int, int] | None = None

    def add(self, element: "Element") -> "Element":
        self.elements.append(element)
        return element


def heading_cell(text: str = "", *, of: str) -> Element:
    """A cell that is the heading `of` its "Column" or "Row"."""
    return Element("TH", text=text, attributes=f"/O/Table/Scope/{of}")


class Tags:
    """The tree of one document, which grows as its pages are drawn."""

    def __init__(self) -> None:
        self.root = Element("Document")
        self._pages: list[list[Element]] = []

    def begin(self, element: Element, *, page: int) -> str:
        """What the page needs before a part that is this element, for `marked`."""
        while len(self._pages) <= page:
            self._pages.append([])
        element.mark = page, len(self._pages[page])
        self._pages[page].append(element)
        return f"/{element.role} <</MCID {element.mark[1]}>> BDC"

    def write(self, document: PDFDocument, pages: Sequence[PDFPage], *, title: str) -> None:
        """Into the file, whose pages are all drawn."""
        for number, page in enumerate(pages):
            page.__NoDefault__ = [*page.__NoDefault__, "StructParents", "Tabs"]
            page.StructParents, page.Tabs = number, "/S"
        tree = _Tree(document, [_place(document, page) for page in pages])
        document.Catalog.StructTreeRoot = tree.root(self.root, self._pages)
        document.Catalog.MarkInfo = PDFDictionary({"Marked": "true"})
        document.Catalog.Metadata = XMP(creator=lambda _: PDF_UA.format(title=escape(title)).encode())


@contextmanager
def marked(code: list[str], begin: str) -> Iterator[None]:
    """What the block adds to the page's code is a part that begins so: `ARTIFACT`, or with `Tags.begin`."""
    code.append(begin)
    yield
    code.append("EMC")


class _Written(PDFObject):  # type: ignore[misc]
    """An object of the file, as it stands there. A report has hundreds, so they are kept short."""

    content = b""

    def format(self, document: PDFDocument) -> bytes:
        return self.content


class _Tree:
    """Elements as objects of the file. `pages` are where its pages are in it."""

    def __init__(self, document: PDFDocument, pages: Sequence[str]) -> None:
        self._document = document
        self._pages = pages
        self._places: dict[int, str] = {}

    def root(self, element: Element, drawn: Sequence[Sequence[Element]]) -> _Written:
        """The root, with the elements that are `drawn` on each page in the order of their numbers there."""
        own = _Written()
        top = self._add(element, _place(self._document, own))
        parents = " ".join(
            f"{page}[{' '.join(self._places[id(element)] for element in elements)}]"
            for page, elements in enumerate(drawn)
        )
        own.content = (
            f"<</Type/StructTreeRoot/K {top}/ParentTree<</Nums[{parents}]>>/ParentTreeNextKey {len(drawn)}>>"
        ).encode()
        return own

    def _add(self, element: Element, parent: str) -> str:
        own = _Written()
        self._places[id(element)] = place = _place(self._document, own)
        entries = [f"/S/{element.role}/P {parent}".encode()]
        if element.mark is not None:
            page, number = element.mark
            entries.append(f"/Pg {self._pages[page]}/K {number}".encode())
        elif element.elements:
            entries.append(f"/K[{' '.join(self._add(child, place) for child in element.elements)}]".encode())
        if element.attributes:
            entries.append(f"/A<<{element.attributes}>>".encode())
        for name, words in ((b"/Alt", element.alternative), (b"/ActualText", element.text)):
            if words:
                entries += [name, PDFString(words).format(self._document)]
        own.content = b"<<" + b"".join(entries) + b">>"
        return place


def _place(document: PDFDocument, object: PDFObject) -> str:
    """Where the object is in the file, as other objects name it."""
    place: bytes = document.Reference(object).format(document)
    return place.decode()
