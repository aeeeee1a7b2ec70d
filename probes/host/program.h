/* For kernels that stand for code of a program: what they define is hidden, so that calls and data between their units
 * are reached as in an executable and not as in a shared library, through no table of addresses. */
#ifndef HWK_PROGRAM_H
#define HWK_PROGRAM_H

#include "probe.h"

#include <stdlib.h>
#include <string.h>

#pragma GCC visibility push(hidden)

#endif
