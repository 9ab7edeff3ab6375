"""Text from outside as UTF-8 can hold it."""


def encodable(text: str) -> str:
    """Bytes that were no text (lone surrogates, as Python reads them) become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
