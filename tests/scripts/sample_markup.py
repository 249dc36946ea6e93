"""Small pages, catalogues and a Declaration, hand-made in the formats that the packages of the sample use."""

import struct

MALLARD = """<?xml version="1.0" encoding="utf-8"?>
<page xmlns="http://projectmallard.org/1.0/" type="topic" id="{page}" xml:lang="de">
  <info>
    <link type="guide" xref="index"/>
    <desc>Nur für andere Seiten.</desc>
    <credit type="author"><name>Ada</name><email>ada@example.org</email></credit>
    <mal:credit xmlns:mal="http://projectmallard.org/1.0/" type="translator copyright">
      <mal:name>Jürgen B.</mal:name><mal:email>juergen@example.org</mal:email>
    </mal:credit>
  </info>
  <title>{title}</title>
  <!-- a remark -->
  <p>Drücken Sie <keyseq><key>Strg</key><key>C</key></keyseq>,
     um zu <em>kopieren</em>; siehe <link xref="other#part"/>.</p>
  <steps><item><p>Erst öffnen.</p></item><item><p>Dann <gui>Schließen</gui>.</p></item></steps>
  <screen>$ ls
$ pwd</screen>
</page>
"""

HELP = """<html><head><title>Titel</title></head><body><aside>Menü</aside><div id="DisplayArea">
<h1>Zellen &amp; Zeilen</h1><p>Drücken Sie <span class="MAC">Command</span><span>Strg</span>+Tab.</p>
<p>Zweiter Absatz.</p><script>run()</script></div></body></html>"""


def declaration(last_article: int = 30) -> str:
    articles = "".join(
        f'<article data-number="{n}"><h2>Article {n}</h2><p>Right number {n}.</p></article>'
        for n in range(1, last_article + 1)
    )
    return (
        f"<html><body><h1>Declaration</h1><header><p>Whereas it is so,</p></header>{articles}</body></html>"
    )


def catalogue(pairs: list[tuple[str, str]], order: str = "<") -> bytes:
    """A compiled gettext catalogue with the given (original, translation) pairs, in either byte order."""
    strings = [text.encode() for side in zip(*pairs, strict=True) for text in side]
    tables_start, strings_start = 28, 28 + 8 * len(strings)
    table, blob = b"", b""
    for string in strings:
        table += struct.pack(f"{order}2I", len(string), strings_start + len(blob))
        blob += string + b"\0"
    header = (0x950412DE, 0, len(pairs), tables_start, tables_start + 8 * len(pairs), 0, 0)
    return struct.pack(f"{order}7I", *header) + table + blob
