// SPDX-License-Identifier: MIT
//
// Clocks, and the middle of what they show.

/** [milliseconds, result] of a call. */
export function timed(call) {
    const start = process.hrtime.bigint();
    const result = call();
    return [ms_since(start), result];
}

/** [milliseconds, result] of a call that returns a promise. */
export async function timed_async(call) {
    const start = process.hrtime.bigint();
    const result = await call();
    return [ms_since(start), result];
}

/** Seconds of a call whose result does not matter. */
export function seconds(call) {
    return timed(call)[0] / 1000;
}

export async function seconds_async(call) {
    return (await timed_async(call))[0] / 1000;
}

/** Seconds since what process.hrtime.bigint() said at `start`. */
export function seconds_since(start) {
    return ms_since(start) / 1000;
}

function ms_since(start) {
    return Number(process.hrtime.bigint() - start) / 1e6;
}

export function median(values) {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function geometric_mean(values) {
    return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
