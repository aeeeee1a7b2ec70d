/* Quicksort by a comparison that the caller gives. */
#ifndef HWK_HOST_SORT_H
#define HWK_HOST_SORT_H

#include "program.h"

typedef int hwk_order(const void *, const void *);

void hwk_quicksort(void *base, size_t n, size_t size, hwk_order *order);

#endif
