/* Decimal digits by pairs from a table, from the right. */
#include "numbers.h"

#include <string.h>

static const char pairs[] =
    "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849"
    "5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

static unsigned width(uint64_t value)
{
    unsigned digits = 1;
    for (;;) {
        if (value < 10)
            return digits;
        if (value < 100)
            return digits + 1;
        if (value < 1000)
            return digits + 2;
        if (value < 10000)
            return digits + 3;
        value /= 10000;
        digits += 4;
    }
}

size_t hwk_number_write(int64_t value, char *to)
{
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t sign = value < 0, length = sign + width(left);
    to[0] = '-';
    char *p = to + length;
    while (left >= 100) {
        p -= 2;
        memcpy(p, pairs + left % 100 * 2, 2);
        left /= 100;
    }
    if (left >= 10)
        memcpy(p - 2, pairs + left * 2, 2);
    else
        p[-1] = (char)('0' + left);
    return length;
}

size_t hwk_number_fixed(int64_t value, unsigned digits, char *to)
{
    uint64_t one = 1, left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    for (unsigned i = 0; i < digits; i++)
        one *= 10;
    uint64_t part = left % one;
    to[0] = '-';
    size_t length = (value < 0) + hwk_number_write((int64_t)(left / one), to + (value < 0));
    to[length++] = '.';
    for (unsigned i = digits; i > 0; i--) {
        to[length + i - 1] = (char)('0' + part % 10);
        part /= 10;
    }
    return length + digits;
}

size_t hwk_number_read(const char *from, int64_t *value, unsigned *digits)
{
    const char *p = from + (*from == '-'), *first = p, *point = NULL;
    uint64_t sum = 0;
    for (;; p++) {
        unsigned digit = (unsigned)(unsigned char)*p - '0';
        if (digit > 9) {
            if (*p != '.' || point != NULL)
                break;
            point = p;
        } else if (sum > (UINT64_MAX - digit) / 10) {
            return 0;
        } else {
            sum = sum * 10 + digit;
        }
    }
    if (p == first)
        return 0;
    *digits = point == NULL ? 0 : (unsigned)(p - point - 1);
    *value = (int64_t)(*from == '-' ? 0 - sum : sum);
    return (size_t)(p - from);
}
