// SPDX-License-Identifier: MIT
//
// Progress and findings: to standard error, so that standard output is the table alone.

export const log = (text) => console.error(text);
