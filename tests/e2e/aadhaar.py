# SPDX-License-Identifier: MIT
"""Numbers of the form of Aadhaar numbers, made up: eleven digits and Verhoeff's check digit."""

MULTIPLY = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
            [2, 3, 4, 0, 1, 7, 8, 9, 5, 6], [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
            [4, 0, 1, 2, 3, 9, 5, 6, 7, 8], [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
            [6, 5, 9, 8, 7, 1, 0, 4, 3, 2], [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
            [8, 7, 6, 5, 9, 3, 2, 1, 0, 4], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]]
PERMUTE = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
for _ in range(6):
    PERMUTE.append([PERMUTE[-1][PERMUTE[1][j]] for j in range(10)])


def verhoeff(digits):
    """The digits and their check digit."""
    c = 0
    for i, d in enumerate(reversed(digits)):
        c = MULTIPLY[c][PERMUTE[(i + 1) % 8][int(d)]]
    return digits + str(MULTIPLY[c].index(0))


assert verhoeff("236") == "2363", "the published example of the checksum"


def numbers(n):
    return [verhoeff(str(23456789012 + i * 7919)) for i in range(n)]
