"""Pieces that are worked on in threads come out as if one had been done after the other."""

import itertools
import threading
from collections.abc import Iterator

import pytest

from schemas.ahead import in_order


def test_pieces_keep_their_order() -> None:
    """If this breaks, rows of a large delivery are counted or written in another order than they were sent."""
    first_may_end = threading.Event()

    def work(piece: int) -> int:
        if piece == 0:
            assert first_may_end.wait(timeout=10)
        if piece == 1:
            first_may_end.set()  # the second is done before the first
        return piece * 10

    assert list(in_order(work, range(20))) == [piece * 10 for piece in range(20)]


def test_few_pieces_are_held() -> None:
    """If this breaks, memory grows with the file: pieces are read faster than they are written."""
    begun: list[int] = []

    def pieces() -> Iterator[int]:
        for piece in range(20):
            begun.append(piece)
            yield piece

    for taken, _ in enumerate(in_order(str, pieces())):
        assert len(begun) <= taken + 3


def test_an_error_of_a_piece_ends_it() -> None:
    """If this breaks, a piece that broke the contract is lost without a word."""

    def work(piece: int) -> int:
        if piece == 5:
            raise ValueError(piece)
        return piece

    done: list[int] = []
    with pytest.raises(ValueError, match="5"):
        done.extend(in_order(work, range(20)))


def test_an_error_of_the_source_ends_it() -> None:
    """If this breaks, a file whose quotes are in doubt is taken as far as it could be read."""

    def pieces() -> Iterator[int]:
        yield 1
        raise ValueError("quotes")

    with pytest.raises(ValueError, match="quotes"):
        list(in_order(str, pieces()))


def test_who_takes_no_more_pieces_ends_it() -> None:
    """If this fails, a run stands still for ever once a piece could not be kept."""
    made = in_order(str, itertools.count())
    assert next(made) == "0"
    ending = threading.Thread(target=made.close, daemon=True)
    ending.start()
    ending.join(timeout=10)
    assert not ending.is_alive()
