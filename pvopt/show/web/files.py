"""The page's own files, read once: a fixed list, so that no path from outside is ever opened."""

from __future__ import annotations

import gzip
import hashlib
import html
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pvopt.show.web.http import Answer, Asked
from pvopt.show.words import tongues

FOLDER = Path(__file__).with_name("files")
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
PLACE = re.compile(r"\{\{(\w+)\}\}")


class File(NamedTuple):
    kind: str
    raw: bytes
    packed: bytes
    tag: str


class Files:
    """What may be had without a password: nothing in them tells of the home."""

    def __init__(self) -> None:
        self._plain = {
            f"/{path.name}": _file(path.suffix, path.read_bytes())
            for path in sorted(FOLDER.iterdir())
            if path.suffix in KINDS and path.suffix != ".html"
        }
        self._pages = {
            path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.html")
        }
        self._made: dict[tuple[str, str], File] = {}

    def plain(self, path: str) -> File | None:
        return self._plain.get(path)

    def page(self, name: str, language: str) -> File:
        """A page in a language."""
        made = self._made.get((name, language))
        if made is None:
            words = {**tongues.page_words(language), "lang": language}
            text = PLACE.sub(lambda found: html.escape(words[found[1]]), self._pages[name])
            made = self._made[name, language] = _file(".html", text.encode())
        return made

    def words(self, language: str) -> File:
        """What the page's scripts say in a language."""
        made = self._made.get(("", language))
        if made is None:
            words: Mapping[str, str] = tongues.page_words(language)
            text = json.dumps({"lang": language, **words}, ensure_ascii=False)
            made = _file(".js", text.encode())._replace(kind="application/json; charset=utf-8")
            self._made["", language] = made
        return made


def _file(suffix: str, raw: bytes) -> File:
    tag = f'"{hashlib.sha256(raw).hexdigest()[:16]}"'
    return File(KINDS[suffix], raw, gzip.compress(raw, mtime=0), tag)


def answer(file: File, asked: Asked) -> Answer:
    """The browser asks each time whether its copy is still the newest."""
    headers = {
        "Cache-Control": "no-cache",
        "ETag": file.tag,
        "Vary": "Accept-Encoding, Accept-Language",
    }
    if asked.fields.get("if-none-match", "") == file.tag:
        return Answer(b"", 304, file.kind, headers)
    if "gzip" in asked.fields.get("accept-encoding", ""):
        return Answer(file.packed, 200, file.kind, {**headers, "Content-Encoding": "gzip"})
    return Answer(file.raw, 200, file.kind, headers)
