"""The sentences at the top of a report: true of its tables, and none where there is nothing to say."""

from srcnn.benchmark.records import Key, Score
from srcnn.report.means import tables
from srcnn.report.named import named
from srcnn.report.summary import listed, sentences


def said(rows: dict[str, dict[int, tuple[float, float]]], dataset: str = "Set5", metric: str = "psnr") -> str:
    scores = [
        Score(Key(method, dataset, scale, "a"), {metric: value}, seconds)
        for method, cells in rows.items()
        for scale, (value, seconds) in cells.items()
    ]
    return " ".join(sentences(tables(scores, [metric]), named(rows)))


def test_the_best_and_the_fastest_are_named() -> None:
    text = said(
        {
            "bicubic": {2: (33.0, 0.001), 3: (30.0, 0.001)},
            "plain-s": {2: (36.0, 0.02), 3: (33.0, 0.02)},
            "plain-l": {2: (37.0, 0.4), 3: (34.5, 0.2)},
        },
        dataset="mine",
    )
    assert text == (
        "3 methods on mine at ×2 and ×3. plain-l (best) has the best mean PSNR everywhere, 4.25 dB above bicubic on "
        "average, in 300 ms an image; plain-s (fast) takes 20 ms."
    )


def test_who_wins_only_some_tables_is_not_said_to_win_all() -> None:
    text = said({"a+": {2: (36.0, 1.0), 3: (32.0, 1.0)}, "kk": {2: (35.0, 2.0), 3: (33.0, 2.0)}}, dataset="mine")
    assert "a+ has the best mean PSNR in 1 of 2 tables, in 1 s an image; no other is faster." in text


def test_published_figures_are_counted() -> None:
    text = said({"bicubic": {2: (33.66, 0.1), 3: (30.30, 0.1)}, "a+": {2: (36.60, 0.1), 3: (32.60, 0.1)}})
    assert text.endswith(
        "Of 4 published PSNR figures 3 are reached or exceeded; "
        "farthest from its own is bicubic on Set5 x3, 0.09 short of 30.39."
    )


def test_a_method_that_was_not_timed_on_everything_has_no_mean_time() -> None:
    text = said({"a+": {2: (36.0, 1.0), 3: (32.0, 1.0)}, "kk": {2: (35.0, 0.1)}}, dataset="mine")
    assert "everywhere." in text


def test_one_method_has_no_rank() -> None:
    assert said({"kk": {2: (35.0, 0.1)}}, dataset="mine") == "1 method on mine at ×2."


def test_lists() -> None:
    assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
