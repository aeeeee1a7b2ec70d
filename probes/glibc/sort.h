/* Merge sort of elements of any size, by a comparison given as a pointer. */
#ifndef HWK_SORT_H
#define HWK_SORT_H

#include <stddef.h>

typedef int hwk_compare(const void *, const void *, void *);

/* As qsort_r; `temporary` has room for n elements, and for n pointers where elements are larger than 32 bytes. */
__attribute__((visibility("default"))) void hwk_sort(void *base, size_t n, size_t size, hwk_compare *compare,
                                                    void *context, void *temporary);

#endif
