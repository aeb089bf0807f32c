"""Reports: what one says (`content`, `wording`), its drawing (`charts`) and its pages (`pdf`).

Only this package draws PDFs. Import its modules by name: `wording` and `content` are values and
text alone, and stay free of the drawing library.
"""
