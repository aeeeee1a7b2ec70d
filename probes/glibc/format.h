/* printf-style formatting into a buffer. */
#ifndef HWK_FORMAT_H
#define HWK_FORMAT_H

#include <stddef.h>
#include <stdint.h>

/* d i u x X c s f e g %, flags - 0 + space and # (for x alone), width, precision, *, l and ll. Returns the bytes that were or would have
 * been written. */
__attribute__((visibility("default"))) size_t hwk_format(char *to, size_t room, const char *format, ...);

enum { DIGITS_MOST = 800 };

/* Decimal digits of a finite double by integer arithmetic: `precision` after the point, or in all when `significant`.
 * Rounds half to even. Returns the exponent of the first digit. */
__attribute__((visibility("hidden"))) int hwk_digits(double value, int precision, int significant, char *digits,
                                                     int *count);

#endif
