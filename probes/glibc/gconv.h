/* Conversion between character sets, step by step through UCS-4, as iconv chains its modules. */
#ifndef HWK_GCONV_H
#define HWK_GCONV_H

#include <stddef.h>
#include <stdint.h>

enum hwk_result { HWK_DONE, HWK_FULL, HWK_INCOMPLETE, HWK_ILLEGAL };

struct hwk_step;
typedef enum hwk_result hwk_convert(const struct hwk_step *step, const unsigned char **from,
                                    const unsigned char *from_end, unsigned char **to, unsigned char *to_end);

struct hwk_step {
    hwk_convert *convert; /* called through the pointer: a module's */
    const uint8_t *high;  /* 8-bit sets: byte for the code points from 0x80 to 0x17f, 0 for none */
};

__attribute__((visibility("default"))) hwk_convert hwk_from_utf8, hwk_to_utf8, hwk_to_utf16, hwk_to_table;

#endif
