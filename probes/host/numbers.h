/* Numbers written and read. */
#ifndef HWK_NUMBERS_H
#define HWK_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

/* Writes a number in decimal; returns its characters. */
size_t hwk_number_write(int64_t value, char *to);
/* The same with so many digits after a point. */
size_t hwk_number_fixed(int64_t value, unsigned digits, char *to);
/* Reads a number with or without a point, whose digits after it are counted. Returns its characters; 0 for none. */
size_t hwk_number_read(const char *from, int64_t *value, unsigned *digits);

#endif
