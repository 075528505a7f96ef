"""Identity numbers, names, telephones and addresses of the simulated people.

What belongs here: turning rows of `people` into text that departments write. The numbers are valid by
GB 11643 and drawn by chance; names are put together from common characters. Nobody real is meant.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from samples.world.base import NEVER, Ints
from samples.world.state import World
from schemas.codes import CODE_LISTS

__all__ = ["COMMUNITIES", "Identities", "identify"]

COMMUNITIES: tuple[str, ...] = tuple(CODE_LISTS["community"].labels)

_SURNAMES = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_GIVEN = tuple(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文辉力健飞鹏玲萍燕波宁斌宇浩凯琳雪梅莉丹峰慧巧美珍贞云莲真环雅芝菲婷晨阳海山仁善志义兴良松毅俊诚思佳欣怡悦然子涵梓轩若汐一诺浩然君逸彤瑶璇淇瑾瑜堃喆"
)
_PREFIXES = (
    330108,
    330102,
    330105,
    330106,
    330109,
    330110,
    330111,
    330122,
    330127,
    330182,
    330402,
    330502,
    330602,
    330702,
    330802,
    331002,
    331102,
    340102,
    340802,
    341002,
    341502,
    360102,
    360402,
    361102,
    320102,
    320302,
    320502,
    320902,
    410102,
    411302,
    420102,
    421002,
    430102,
    430902,
    440102,
    450102,
    500101,
    510104,
    511302,
    520102,
    530102,
    610102,
    620102,
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_SLOTS = 480  # numbers of one sex, prefix and day; below the ones reserved for centenarians
_OTHER = 240  # how far a corrected number lies from the right one


@dataclass(frozen=True)
class Identities:
    """Text columns by row of `people`."""

    numbers: pl.Series
    old_numbers: pl.Series
    names: pl.Series
    phones: pl.Series
    corrected_on: Ints

    def ids(self, persons: Ints, on: Ints | int) -> pl.Series:
        """The identity number of each person as it was known on a day; null for -1."""
        rows = _nullable(persons)
        numbers = self.numbers.gather(rows)
        corrected = self.corrected_on[persons] > on
        corrected &= (self.corrected_on[persons] < NEVER) & (persons >= 0)
        if not corrected.any():
            return numbers
        return numbers.zip_with(~pl.Series(corrected), self.old_numbers.gather(rows))


def _nullable(rows: Ints) -> pl.Series:
    """Row numbers with null for -1."""
    series = pl.Series(rows, dtype=pl.Int64)
    return series.set(series < 0, None)


def identify(world: World) -> Identities:
    """Number and name everybody."""
    people = world.people
    rank = _rank(people["prefix"] % len(_PREFIXES), people["birth"], people["sex"])
    surname = pl.Series(_SURNAMES).gather(_skewed(people["surname"]))
    given = people["given"]
    first = pl.Series(_GIVEN).gather(pl.Series(given % len(_GIVEN)))
    second = pl.Series((*_GIVEN, *("",) * 45)).gather(pl.Series(given // 977 % (len(_GIVEN) + 45)))
    frame = pl.DataFrame({"surname": surname, "first": first, "second": second, "row": np.arange(len(people))})
    text = frame.select(
        name=pl.concat_str("surname", "first", "second"),
        phone=pl.lit("19900") + (pl.col("row") * 7919 % 1_000_000).cast(pl.String).str.zfill(6),
    )
    return Identities(
        numbers=_numbers(world, rank),
        old_numbers=_numbers(world, rank + _OTHER),
        names=text["name"],
        phones=text["phone"],
        corrected_on=people["corrected_on"],
    )


def _skewed(values: Ints) -> pl.Series:
    """Common surnames are common: the product of two draws."""
    count = len(_SURNAMES)
    return pl.Series((values % count) * (values // count % count) // count)


def _rank(prefix: Ints, birth: Ints, sex: Ints) -> Ints:
    """A slot for each person among those of equal prefix, day and sex."""
    order = np.lexsort((sex, birth, prefix))
    key = np.column_stack([prefix[order], birth[order], sex[order]])
    starts = np.ones(len(order), dtype=np.bool_)
    starts[1:] = (key[1:] != key[:-1]).any(axis=1)
    begin = np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - begin
    return rank + (birth * 31 + prefix * 17) % _SLOTS


def _numbers(world: World, rank: Ints) -> pl.Series:
    people = world.people
    prefix = np.array(_PREFIXES, dtype=np.int64)[people["prefix"] % len(_PREFIXES)]
    days = people["birth"].astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    month = months.astype(np.int64)
    written = (1970 + month // 12) * 10_000 + (month % 12 + 1) * 100 + (days - months).astype(np.int64) + 1
    sequence = 2 * (rank % _SLOTS) + 1 - people["sex"] + 10
    digits = (prefix * 10**8 + written) * 1000 + sequence
    total = np.zeros(len(digits), dtype=np.int64)
    for place, weight in enumerate(_WEIGHTS):
        total += digits // 10 ** (16 - place) % 10 * weight
    check = pl.Series(list(_CHECKS)).gather(pl.Series(total % len(_CHECKS)))
    return pl.Series(digits).cast(pl.String) + check
