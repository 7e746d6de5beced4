"""Names beside points: in the frame, on nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from srcnn.report.labels import GAP, RADIUS, Box, place

FRAME = Box(0, 0, 800, 500)


def test_a_point_alone_has_its_name_at_the_right() -> None:
    (box,) = place([(100, 100)], [(50, 12)], FRAME)
    assert box == Box(100 + GAP, 94, 50, 12)


def test_at_the_right_end_the_name_stands_at_the_left() -> None:
    (box,) = place([(780, 100)], [(50, 12)], FRAME)
    assert box.left + box.width == 780 - GAP


@given(st.lists(st.tuples(st.integers(60, 740), st.integers(30, 470)), min_size=1, max_size=4, unique=True))
def test_few_names_cover_nothing(points: list[tuple[int, int]]) -> None:
    boxes = place(points, [(60, 12)] * len(points), FRAME)
    for i, box in enumerate(boxes):
        assert box.outside(FRAME) == 0
        assert all(box.overlap(other) == 0 for other in boxes[:i])
        assert all(
            box.overlap(Box(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS)) == 0
            for j, (x, y) in enumerate(points)
            if j != i
        )


def test_overlap_is_an_area() -> None:
    assert Box(0, 0, 10, 10).overlap(Box(5, 5, 10, 10)) == 25
    assert Box(0, 0, 10, 10).overlap(Box(10, 0, 10, 10)) == 0
    assert Box(-5, 0, 10, 10).outside(Box(0, 0, 100, 100)) == 50
