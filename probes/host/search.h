/* Bytes and strings looked for in other bytes. */
#ifndef HWK_SEARCH_H
#define HWK_SEARCH_H

#include <stddef.h>
#include <stdint.h>

enum { HWK_SEARCH_LONGEST = 24 };

/* A needle with its table of skips. */
struct hwk_needle {
    unsigned char text[HWK_SEARCH_LONGEST];
    size_t length;
    unsigned char skip[256];
};

void hwk_search_prepare(struct hwk_needle *needle);
/* Where the needle begins; `n` where it does not occur. */
size_t hwk_search_find(const struct hwk_needle *needle, const unsigned char *text, size_t n);
/* How often a byte occurs. */
size_t hwk_search_count(const unsigned char *text, size_t n, unsigned char byte);
/* Bytes until the first that is in a class, by a table. */
size_t hwk_search_span(const unsigned char *text, size_t n, const unsigned char *class);

#endif
