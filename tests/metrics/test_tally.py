"""Many counters in few bytes add up like single ones."""

from hypothesis import given
from hypothesis import strategies as st

from pulseboard.metrics.tally import EMPTY, SLOTS, Sums, change

counters = st.dictionaries(st.integers(0, 3 * SLOTS - 1), st.integers(1, 1000), max_size=20)


def packed(counts):
    parts = {}
    for counter, n in counts.items():
        part, slot = divmod(counter, SLOTS)
        parts[part] = change(parts.get(part, EMPTY), {slot: n})
    return list(parts.items())


@given(added=st.lists(counters, max_size=5), data=st.data())
def test_sums_of_tallies_are_sums_of_their_counters(added, data):
    total = {}
    sums = Sums()
    for counts in added:
        sums.take(packed(counts), sign=1)
        for counter, n in counts.items():
            total[counter] = total.get(counter, 0) + n
    taken = {c: data.draw(st.integers(1, n)) for c, n in list(total.items())[::2]}
    sums.take(packed(taken), sign=-1)

    expected = {c: n - taken.get(c, 0) for c, n in total.items() if n > taken.get(c, 0)}
    assert sums.counts() == expected


def test_a_slot_neither_falls_below_zero_nor_runs_over():
    full = change(EMPTY, {0: (1 << 32) - 1, 255: 3})

    assert change(full, {0: 1, 255: -4}) == change(EMPTY, {0: (1 << 32) - 1})


def test_a_change_touches_its_slots_only():
    before = change(EMPTY, {1: 10, 2: 20})

    assert change(before, {2: -5, 3: 1}) == change(EMPTY, {1: 10, 2: 15, 3: 1})
