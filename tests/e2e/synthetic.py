# SPDX-License-Identifier: MIT
"""The synthetic country of `panji gen`, row by row, from its published definition alone."""

import datetime

MASK = (1 << 64) - 1
FIRST = datetime.date(2021, 8, 26)


def mix(x):
    """The 64-bit finaliser of MurmurHash3."""
    x ^= 0x4CF2D2BAAE6DA887
    x = (x ^ x >> 33) * 0xFF51AFD7ED558CCD & MASK
    x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53 & MASK
    return x ^ x >> 33


def row(i, seed):
    """Row i of the country with this seed."""
    def r(k, m):
        return (mix(16 * i + k + (seed << 40) & MASK) >> 32) * m >> 32

    def pick(k, limits):
        return next((n for n, limit in enumerate(limits) if r(k, 1000) < limit), len(limits))
    block = min(r(0, 7200), r(1, 7200))
    district = block * 780 // 7200
    sector = pick(2, (524, 620, 710, 777, 820, 850))
    if sector == 6:
        sector += min(r(3, 24), r(4, 24))
    category = next(n for n, limit in enumerate((41, 68, 92, 100)) if r(13, 100) < limit)
    return {
        "date": FIRST + datetime.timedelta(r(6, 210) if r(5, 100) < 85 else r(6, 1900)),
        "state": 1 + district * 36 // 780, "district": 1001 + district, "block": 10001 + block,
        "sector": 1 + sector, "gender": "FMO"[pick(7, (530, 999))],
        "age": 16 + min(r(8, 44), r(9, 44)),
        "channel": ("CSC", "SELF", "SSK", "UMANG")[pick(10, (802, 998, 999))],
        "occupation": str(1000 + sector * 13 + min(r(11, 13), r(12, 13))),
        "category": ("OBC", "GEN", "SC", "ST")[category],
        "centre": str(100000 + block * 55 + r(14, 55)),
    }
