/* SPDX-License-Identifier: MIT
 *
 * What every test of this room includes. */
#ifndef TEST_MAIN_TEST_H
#define TEST_MAIN_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#endif
