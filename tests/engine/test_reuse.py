"""Results kept for equal inputs, within bounds."""

import numpy as np

from srcnn.engine.reuse import Kept, kept_blocks, key_of, reusing


def test_the_oldest_gives_way() -> None:
    kept = Kept(300)
    keys = [key_of((np.full(3, n),)) for n in range(4)]
    for key in keys[:3]:
        kept.put(key, (np.zeros(100, np.uint8), None))
    assert kept.get(keys[0]) is not None  # asked for just now
    kept.put(keys[3], (np.zeros(100, np.uint8),))
    assert [kept.get(key) is None for key in keys] == [False, True, False, False]
    kept.put(keys[1], (np.zeros(400, np.uint8),))
    assert kept.get(keys[1]) is None
    assert kept.get(keys[3]) is not None


def test_keys_tell_values_shapes_types_and_makers_apart() -> None:
    values = np.arange(6, dtype=np.uint8)
    inputs = [(values,), (values.reshape(2, 3),), (values.astype(np.int8),), (values, None), (values + 1,)]
    kept = Kept(1)
    makers = [object(), object()]
    keys = {key_of(given, kept.number(maker)) for given in inputs for maker in makers}
    assert len(keys) == 10
    assert key_of((values[::-1],)) == key_of((values[::-1].copy(),))
    assert [kept.number(maker) for maker in makers] == [0, 1]


def test_blocks_are_kept_where_asked_for() -> None:
    kept = Kept(1)
    assert kept_blocks() is None
    with reusing(kept):
        assert kept_blocks() is kept
    assert kept_blocks() is None
