"""Pictures as Google's requests hold them: inline, in base64."""


def inline(url: str) -> dict[str, str]:
    """A ``data:`` URL as an image of a request; what is not one, a stand-in in a plan, is shown as it is."""
    head, comma, content = url.partition(";base64,")
    if not comma:
        return {"bytesBase64Encoded": url}
    return {"bytesBase64Encoded": content, "mimeType": head.removeprefix("data:")}
