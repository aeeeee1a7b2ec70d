/* Base64 and hexadecimal, there and back. */
#ifndef HWK_BASE64_H
#define HWK_BASE64_H

#include "program.h"

size_t hwk_base64_encode(const unsigned char *from, size_t n, char *to);
/* Returns the bytes written; 0 where a character is none of the alphabet. */
size_t hwk_base64_decode(const char *from, size_t n, unsigned char *to);
size_t hwk_hex_encode(const unsigned char *from, size_t n, char *to);
size_t hwk_hex_decode(const char *from, size_t n, unsigned char *to);

#endif
