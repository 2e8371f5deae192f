"""A page as people read it."""

from __future__ import annotations

from html.parser import HTMLParser

from django.http import HttpResponse
from django.test import Client


class Text(HTMLParser):
    """The words of a page's main part, in order, and where its links go."""

    def __init__(self, answer: HttpResponse) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: dict[str, str] = {}
        self._href: str | None = None
        html = answer.content.decode()
        self.feed(html[html.index("<main") : html.index("</main>")] if "<main" in html else html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href = dict(attrs).get("href")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._href = None

    def handle_data(self, data: str) -> None:
        if word := " ".join(data.split()):
            self.words.append(word)
            if self._href is not None:
                self.links[word] = self._href

    def __contains__(self, words: str) -> bool:
        return words in " ".join(self.words)


def see(client: Client, address: str, **headers: str) -> Text:
    """A page's text."""
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return Text(answer)
