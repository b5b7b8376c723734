"""The index of all kept logs: units of text, their bits, and which of them may have a term."""

from collections.abc import Iterator, Sequence
from itertools import compress
from struct import Struct
from typing import Any, Final, NamedTuple

import zstandard
from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.orm import Session

from pulseboard.db import bulk
from pulseboard.db.engine import is_postgresql
from pulseboard.logs import ansi, frames, grams
from pulseboard.model import LogBlock, LogPage, LogUnit

# So many units make a block, and so many of those a large one.
SMALL: Final = 64
LARGE: Final = 1024
_PAGE: Final = 2048
# The id of a unit and its instant.
_MEMBER: Final = Struct("<qq")
# The units whose bits are not in a block yet.
_LOOSE: Final = "SELECT {} FROM log_units WHERE block_id IS NULL"
# Whoever turns units into blocks on PostgreSQL holds this lock meanwhile.
_LOCK: Final = 0x706C6F67


class Unit(NamedTuple):
    """A piece of a log: its frames, and the bits of its trigrams."""

    first_frame: int
    frames: int
    signature: bytes


def units_of(data: bytes, table: Sequence[frames.Frame]) -> Iterator[Unit]:
    """Part a log into units, each of whole lines; takes its text with the table of its frames."""
    first, start, end = 0, 0, 0
    for number, frame in enumerate(table):
        if number > first and not frame.is_inside:
            yield _unit(data[start:end], first, number)
            first, start = number, end
        end += frame.raw
    if end > start:
        yield _unit(data[start:end], first, len(table))


def _unit(text: bytes, first: int, after: int) -> Unit:
    signature = grams.signature_of([ansi.strip_codes(text)])
    return Unit(first, after - first, zstandard.compress(signature, 1))


def enter(session: Session, units: Sequence[Unit], *, job_id: int, at: int) -> None:
    """Put the units of a log into the index in the place of those that were there."""
    leave(session, job_ids=[job_id])
    if units:
        # A search goes from the greatest id down, and is to read a log from its top.
        rows = [
            {"job_id": job_id, "at": at, "first_frame": unit.first_frame, "frames": unit.frames,
             "signature": unit.signature}
            for unit in reversed(units)
        ]  # fmt: skip
        session.execute(insert(LogUnit), rows)


def leave(session: Session, *, job_ids: Sequence[int]) -> None:
    """Take logs out of the index; their bits in blocks point nowhere from now on."""
    session.execute(delete(LogUnit).where(LogUnit.job_id.in_(job_ids)))


def condense(session: Session) -> int:
    """Turn units that are still on their own into blocks, and small blocks into large ones.

    Returns how many blocks were made. A reader sees all of it or nothing.
    """
    if is_postgresql(session):
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    made = 0
    while _condense_units(session):
        made += 1
    while _condense_blocks(session):
        made += 1
    return made


def _condense_units(session: Session) -> bool:
    loose = session.execute(
        select(LogUnit.id, LogUnit.at, LogUnit.signature)
        .where(LogUnit.block_id.is_(None))
        .order_by(LogUnit.id)
        .limit(SMALL)
    ).all()
    if len(loose) < SMALL:
        return False
    signatures = [zstandard.decompress(row[2] or b"") for row in loose]
    members = b"".join(_MEMBER.pack(row[0], row[1]) for row in loose)
    block_id = _add_block(session, grams.transpose(signatures), members)
    session.execute(
        update(LogUnit)
        .where(LogUnit.id.in_([row[0] for row in loose]))
        .values(block_id=block_id, signature=None)
    )
    return True


def _condense_blocks(session: Session) -> bool:
    small = session.execute(
        select(LogBlock.id, LogBlock.members)
        .where(LogBlock.units == SMALL)
        .order_by(LogBlock.id)
        .limit(LARGE // SMALL)
    ).all()
    if len(small) * SMALL < LARGE:
        return False
    bits = [_bits_of(session, row[0]) for row in small]
    members = b"".join(row[1] for row in small)
    block_id = _add_block(session, grams.join(bits, width=SMALL // 8), members)
    old = [row[0] for row in small]
    session.execute(update(LogUnit).where(LogUnit.block_id.in_(old)).values(block_id=block_id))
    _drop_blocks(session, old)
    return True


def _add_block(session: Session, bits: bytes, members: bytes) -> int:
    units = len(members) // _MEMBER.size
    block = LogBlock(units=units, members=members)
    session.add(block)
    session.flush()
    size = _rows_a_page(units) * units // 8
    compressor = zstandard.ZstdCompressor(level=3)
    rows = [
        {"block_id": block.id, "page": number, "bits": compressor.compress(bits[at : at + size])}
        for number, at in enumerate(range(0, len(bits), size))
    ]
    session.execute(insert(LogPage), rows)
    return block.id


def _bits_of(session: Session, block_id: int) -> bytes:
    pages = session.scalars(
        select(LogPage.bits).where(LogPage.block_id == block_id).order_by(LogPage.page)
    )
    return b"".join(zstandard.decompress(page) for page in pages)


def _drop_blocks(session: Session, block_ids: Sequence[int]) -> None:
    session.execute(delete(LogPage).where(LogPage.block_id.in_(block_ids)))
    session.execute(delete(LogBlock).where(LogBlock.id.in_(block_ids)))


def drop_empty_blocks(session: Session) -> int:
    """Delete the blocks of which no unit is left; return how many there were."""
    used = select(LogUnit.block_id).where(LogUnit.block_id.is_not(None))
    empty = list(session.scalars(select(LogBlock.id).where(LogBlock.id.not_in(used))))
    if empty:
        _drop_blocks(session, empty)
    return len(empty)


def _rows_a_page(units: int) -> int:
    return _PAGE // (units // 8)


def find_candidates(
    session: Session, *, rows: Sequence[int], start: tuple[int, int] | None = None
) -> list[tuple[int, int]]:
    """Return the instants and ids of the units with the bits of all these rows, the newest first.

    Rows are those of grams.rows_of; without any, all units fit. `start` is the instant and the id
    of a unit: what comes before it is left out. SQLite gives an id that has become free to another
    unit, so there may be none at such an instant.
    """
    found = _having(session, rows) if rows else _all_units(session)
    places = {place for place in found if start is None or place <= start}
    return sorted(places, reverse=True)


def _all_units(session: Session) -> Iterator[tuple[int, int]]:
    """Yield the instants and ids of all units."""
    blocks, loose = bulk.execute_all(
        session, [("SELECT members FROM log_blocks", ()), (_LOOSE.format("at, id"), ())]
    )
    for (members,) in blocks:
        yield from _places_of(members)
    yield from loose


def _having(session: Session, rows: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the instants and ids of the units that have all of some rows."""
    queries = [_pages_query(session, rows, units=units) for units in (LARGE, SMALL)]
    large, small, loose = bulk.execute_all(
        session, [*queries, (_LOOSE.format("at, id, signature"), ())]
    )
    fitting = dict(
        [*_fitting_blocks(large, rows, units=LARGE), *_fitting_blocks(small, rows, units=SMALL)]
    )
    for block_id, members in _members_of(session, list(fitting)):
        yield from compress(_places_of(members), fitting[block_id])
    inflate = zstandard.ZstdDecompressor().decompress
    for at, unit_id, signature in loose:
        if grams.has_rows(inflate(signature or b""), rows):
            yield at, unit_id


def _places_of(members: bytes) -> Iterator[tuple[int, int]]:
    return ((at, unit_id) for unit_id, at in _MEMBER.iter_unpack(members))


def _pages_query(session: Session, rows: Sequence[int], *, units: int) -> tuple[str, Sequence[Any]]:
    """Return the question for the pages with some rows, of all blocks of a size.

    It is asked of the driver, since making the question in SQLAlchemy takes longer than answering
    it, and tells either database to go from the blocks to their pages: the pages of all blocks
    together are most of what the index is.
    """
    pages = sorted({row // _rows_a_page(units) for row in rows})
    if is_postgresql(session):
        sql = (
            "SELECT b.id, p.page, p.bits FROM log_blocks b CROSS JOIN LATERAL ("
            "SELECT page, bits FROM log_pages WHERE block_id = b.id"
            " AND page = ANY(ARRAY(SELECT unnest(%s::int[]))) OFFSET 0) p WHERE b.units = %s"
        )
        return sql, (pages, units)
    marks = ", ".join("?" * len(pages))
    sql = (
        "SELECT b.id, p.page, p.bits FROM log_blocks b CROSS JOIN log_pages p"
        f" WHERE b.units = ? AND p.block_id = b.id AND p.page IN ({marks})"
    )
    return sql, (units, *pages)


def _fitting_blocks(
    found: Sequence[tuple[Any, ...]], rows: Sequence[int], *, units: int
) -> Iterator[tuple[int, list[bool]]]:
    """Yield the blocks with a unit that has all rows, and of each unit whether it has.

    Takes the pages that were asked for, as (block, number, bits).
    """
    pages: dict[int, dict[int, bytes]] = {}
    for block_id, page, bits in found:
        pages.setdefault(block_id, {})[page] = bits
    width = units // 8
    places = [divmod(row, _rows_a_page(units)) for row in rows]
    inflate = zstandard.ZstdDecompressor().decompress
    for block_id, of_block in pages.items():
        fitting = (1 << units) - 1
        for page, place in places:
            start = place * width
            fitting &= int.from_bytes(inflate(of_block[page])[start : start + width])
            # Most blocks have no such unit, and the first rows tell.
            if not fitting:
                break
        else:
            yield block_id, [bit == "1" for bit in f"{fitting:0{units}b}"]


def _members_of(session: Session, block_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    """Return blocks with their members."""
    return bulk.select_in(
        session,
        "SELECT id, members FROM log_blocks WHERE id IN ({rows})",
        [(block_id,) for block_id in block_ids],
        types=["bigint"],
    )


def size_of_index(session: Session) -> int:
    """Return how many bytes the index takes, without what the database adds to them."""
    pages = session.scalar(select(func.coalesce(func.sum(func.length(LogPage.bits)), 0)))
    members = session.scalar(select(func.coalesce(func.sum(func.length(LogBlock.members)), 0)))
    loose = session.scalar(select(func.coalesce(func.sum(func.length(LogUnit.signature)), 0)))
    return int(pages or 0) + int(members or 0) + int(loose or 0)
