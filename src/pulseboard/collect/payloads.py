"""Raw payloads: compressed for the database, read back byte for byte, masked for the screen.

The dictionary knows how GitHub's payloads look (train_dictionary.py). Its version is stored beside
every body, and a dictionary that was ever released stays in the package.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from threading import local
from typing import Any, Final

import msgspec
from zstandard import ZstdCompressionDict, ZstdCompressor, ZstdDecompressor

# Half the time of level 3 and a twentieth more bytes, measured on deliveries.
LEVEL: Final = 1
# Version 0 means no dictionary.
CURRENT: Final = 1
MASK: Final = "***"
_FOLDER: Final = "dictionaries"

# zstandard's contexts may be used by one thread at a time.
_contexts: Final = local()


def compress_all(bodies: Sequence[bytes]) -> list[bytes]:
    """Return the bodies compressed with the CURRENT dictionary.

    All in one call, during which other threads go on: one call each would hand Python's lock to and
    fro as often.
    """
    compressor: ZstdCompressor | None = getattr(_contexts, "compressor", None)
    if compressor is None:
        compressor = ZstdCompressor(level=LEVEL, dict_data=_dictionary(CURRENT))
        _contexts.compressor = compressor
    # The library takes no empty list and no empty body.
    filled: list[bytes | bytearray | memoryview] = [body for body in bodies if body]
    found = iter(compressor.multi_compress_to_buffer(filled, threads=0)) if filled else iter(())
    return [next(found).tobytes() if body else compressor.compress(body) for body in bodies]


def decompress(version: int, compressed: bytes) -> bytes:
    """Return the very bytes that were compressed with that version of the dictionary.

    Raises zstandard.ZstdError when they are damaged, FileNotFoundError for an unknown version.
    """
    decompressors: dict[int, ZstdDecompressor] | None = getattr(_contexts, "decompressors", None)
    if decompressors is None:
        decompressors = _contexts.decompressors = {}
    if version not in decompressors:
        dictionary = _dictionary(version) if version else None
        decompressors[version] = ZstdDecompressor(dict_data=dictionary)
    return decompressors[version].decompress(compressed)


@cache
def _dictionary(version: int) -> ZstdCompressionDict:
    data = files("pulseboard.collect").joinpath(_FOLDER, f"github-{version}.zdict").read_bytes()
    dictionary = ZstdCompressionDict(data)
    dictionary.precompute_compress(level=LEVEL)
    return dictionary


# Each alternative begins at a fixed text or where its characters begin, and runs over one class of
# them, so that no input makes the search slow.
_SECRETS: Final = re.compile(
    r"""
    -----BEGIN\ [A-Z0-9 ]{0,40}PRIVATE\ KEY-----(?:(?!-----).)*(?:-----END[A-Z0-9 ]{0,60}-----)?
    | gh[a-z]_[A-Za-z0-9]{16,}
    | github_pat_[A-Za-z0-9_]{16,}
    | glpat-[A-Za-z0-9_-]{16,}
    | npm_[A-Za-z0-9]{30,}
    | pypi-[A-Za-z0-9_-]{30,}
    | pb_[A-Za-z0-9_]{24,}
    | (?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b
    | (?P<said>(?i:secret_?access_?key|session_?token)(?:\\?["'])?\s{0,3}[:=]\s{0,3}(?:\\?["'])?)
      [A-Za-z0-9/+=]{40,}
    | xox[a-z]-[A-Za-z0-9-]{10,}
    | xapp-[A-Za-z0-9-]{10,}
    | (?<=hooks\.slack\.com/)(?:services|workflows|triggers)/[A-Za-z0-9/_-]+
    | (?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]++\.[A-Za-z0-9_-]{4,}+\.)
      [A-Za-z0-9_-]*eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*
    | (?<=://)[^\s/:"'<>\\?#]{0,256}:[^\s/@"'<>\\]{1,256}(?:@[^\s/@?#"'<>\\]{1,256}){0,4}(?=@)
    | (?<=://)[^\s/@:"'<>\\?#]{16,256}(?=@)
    | (?i:(?<=bearer\ )|(?<=:\ basic\ )|(?<=:\ token\ )|(?<="basic\ )|(?<="token\ ))
      [A-Za-z0-9._~+/=-]{8,}
    """,
    re.VERBOSE | re.DOTALL,
)

_SECRET_KEY: Final = re.compile(
    r"(?i)(^|[_-])(password|passwd|secret|token|api_?key|access_?key|private_?key|authorization)$"
)


def mask(text: str) -> str:
    """Return the text with tokens, keys and passwords in addresses hidden, for the screen."""
    return _SECRETS.sub(lambda found: (found["said"] or "") + MASK, text)


def read_masked(text: str) -> Any:
    """Return the JSON of a text, or the text, with its secrets hidden.

    What stands under a name that says it is secret is hidden whatever it looks like.
    """
    masked = mask(text)
    try:
        return _hide(msgspec.json.decode(masked))
    except (msgspec.DecodeError, RecursionError):
        return masked


def _hide(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: MASK if isinstance(item, str) and _SECRET_KEY.search(key) else _hide(item)
            for key, item in value.items()
        }
    return [_hide(item) for item in value] if isinstance(value, list) else value
