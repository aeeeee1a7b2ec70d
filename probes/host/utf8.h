/* UTF-8: checked, decoded, and made again. */
#ifndef HWK_UTF8_H
#define HWK_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of the longest valid beginning. */
size_t hwk_utf8_valid(const unsigned char *text, size_t n);
/* Decodes the next character, U+FFFD where it is none, and returns the bytes it takes. */
size_t hwk_utf8_decode(const unsigned char *text, size_t n, uint32_t *character);
/* Writes a character and returns its bytes. */
size_t hwk_utf8_encode(uint32_t character, unsigned char *to);

#endif
