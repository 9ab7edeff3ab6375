"""Every state of the page is an address: '/?q=…&outcome=upheld', '/browse?region=lumbar&page=2', '/decision/ID'."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

LONGEST = 8_000  # characters; what is longer was not made by this page
# A change of anything else starts again at the first page.
_TURNS = ("page", "view")


@dataclass(frozen=True, slots=True)
class Address:
    """A place and what is asked of it; `name` is what comes after the place: the id of a decision."""

    place: str = ""
    name: str = ""
    values: tuple[tuple[str, str], ...] = ()

    @property
    def href(self) -> str:
        path = "/" + "/".join(quote(part, safe="") for part in (self.place, self.name) if part)
        return f"{path}?{urlencode(self.values)}" if self.values else path

    def one(self, key: str, default: str = "") -> str:
        """The last value given for a key."""
        return next((v for k, v in reversed(self.values) if k == key), default)

    def all(self, key: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(v for k, v in self.values if k == key))

    def put(self, key: str, value: str = "") -> Address:
        """This address with one value for a key, or none."""
        kept = tuple((k, v) for k, v in self._kept(key) if k != key)
        return replace(self, values=(*kept, (key, value)) if value else kept)

    def add(self, key: str, value: str) -> Address:
        kept = self._kept(key)
        return replace(self, values=kept if (key, value) in kept else (*kept, (key, value)))

    def drop(self, key: str, value: str) -> Address:
        return replace(self, values=tuple(pair for pair in self._kept(key) if pair != (key, value)))

    def toggle(self, key: str, value: str) -> Address:
        return self.drop(key, value) if value in self.all(key) else self.add(key, value)

    def _kept(self, key: str) -> tuple[tuple[str, str], ...]:
        return self.values if key in _TURNS else tuple((k, v) for k, v in self.values if k != "page")

    @property
    def page(self) -> int:
        """The asked page, counted from 1."""
        number = self.one("page", "1")
        return max(1, int(number)) if number.isdecimal() and len(number) < 7 else 1


def read(url: str) -> Address:
    """The address in a URL or a path; what it cannot be is the first place, empty."""
    try:
        parts = urlsplit(url[:LONGEST])
        pairs = parse_qsl(parts.query, max_num_fields=200)
    except ValueError:
        return Address()
    place, _, name = parts.path.strip("/").partition("/")
    return Address(unquote(place), unquote(name), tuple((k, v) for k, v in pairs if v.strip()))
