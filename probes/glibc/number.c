/* Text to numbers: digits into a large integer, then multiplied or divided by the power of ten and rounded. */
#include "number.h"

#include <limits.h>
#include <string.h>

enum { KEPT = 40, SMALLEST_POWER = -400, LARGEST_POWER = 320 };

static double assemble(int negative, uint64_t mantissa, int power)
{
    double value;
    uint64_t bits = mantissa & ((UINT64_C(1) << 52) - 1);
    if (mantissa >> 52)
        bits |= (uint64_t)(power + 1075) << 52;
    bits |= (uint64_t)negative << 63;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* top * 2^power, with `more` for set bits below, to the nearest double. */
static double round_to_double(int negative, uint64_t top, int power, int more)
{
    int drop = 11;
    power += 11;
    if (power < -1074) {
        drop += -1074 - power;
        power = -1074;
    }
    if (drop > 64)
        return assemble(negative, 0, power);
    uint64_t mantissa = drop == 64 ? 0 : top >> drop;
    uint64_t half = UINT64_C(1) << (drop - 1), rest = drop == 64 ? top : top & ((half << 1) - 1);
    if (rest > half || (rest == half && (more || (mantissa & 1)))) {
        mantissa++;
        if (mantissa >> 53) {
            mantissa >>= 1;
            power++;
        }
    }
    if (power > 971)
        return assemble(negative, UINT64_C(1) << 52, 972); /* infinity */
    return assemble(negative, mantissa, power);
}

double hwk_to_double(const char *text, const char **end)
{
    struct hwk_big digits = {{0}, 0}, quotient = {{0}, 0};
    const char *at = text;
    int negative = 0, seen = 0, kept = 0, exponent = 0, lost = 0, point = 0;
    uint32_t block = 0, scale = 1;
    while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
        at++;
    if (*at == '-' || *at == '+')
        negative = *at++ == '-';
    for (;; at++) {
        if (*at == '.' && !point) {
            point = 1;
            continue;
        }
        if (*at < '0' || *at > '9')
            break;
        seen = 1;
        if (kept == 0 && *at == '0') {
            exponent -= point;
            continue;
        }
        if (kept < KEPT) {
            block = block * 10 + (uint32_t)(*at - '0');
            scale *= 10;
            if (scale == 1000000000) {
                hwk_big_multiply_add(&digits, scale, block);
                block = 0;
                scale = 1;
            }
            kept++;
            exponent -= point;
        } else {
            lost |= *at != '0';
            exponent += !point;
        }
    }
    if (!seen) {
        *end = text;
        return 0;
    }
    if (scale != 1)
        hwk_big_multiply_add(&digits, scale, block);
    *end = at;
    if (*at == 'e' || *at == 'E') {
        const char *mark = at + 1;
        int minus = 0, value = 0;
        if (*mark == '-' || *mark == '+')
            minus = *mark++ == '-';
        if (*mark >= '0' && *mark <= '9') {
            for (; *mark >= '0' && *mark <= '9'; mark++)
                value = value < 10000 ? value * 10 + (*mark - '0') : value;
            exponent += minus ? -value : value;
            *end = mark;
        }
    }
    if (digits.n == 0 || exponent + kept < SMALLEST_POWER)
        return assemble(negative, 0, -1074);
    if (exponent + kept > LARGEST_POWER)
        return assemble(negative, UINT64_C(1) << 52, 972);

    int below, more;
    if (exponent >= 0) {
        hwk_big_power_of_ten(&digits, (unsigned)exponent);
        uint64_t top = hwk_big_top(&digits, &below, &more);
        return round_to_double(negative, top, below, more | lost);
    }
    /* Scale up so that the quotient has 66 bits or more, then divide. */
    struct hwk_big ten = {{1}, 1};
    hwk_big_power_of_ten(&ten, (unsigned)-exponent);
    int shift = (ten.n - digits.n + 3) * 32;
    if (shift < 0)
        shift = 0;
    hwk_big_shift(&digits, (unsigned)shift);
    hwk_big_divide(&digits, &ten, &quotient);
    uint64_t top = hwk_big_top(&quotient, &below, &more);
    return round_to_double(negative, top, below - shift, more | lost | (digits.n != 0));
}

int64_t hwk_to_integer(const char *text, const char **end)
{
    const char *at = text;
    int negative = 0;
    unsigned base = 10;
    while (*at == ' ' || (*at >= '\t' && *at <= '\r'))
        at++;
    if (*at == '-' || *at == '+')
        negative = *at++ == '-';
    if (*at == '0') {
        base = 8;
        if (at[1] == 'x' || at[1] == 'X') {
            base = 16;
            at += 2;
        }
    }
    uint64_t limit = negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    uint64_t cut = limit / base, value = 0;
    unsigned rest = (unsigned)(limit % base);
    int overflow = 0;
    const char *first = at;
    for (;; at++) {
        unsigned digit = (unsigned)(unsigned char)*at;
        if (digit >= '0' && digit <= '9')
            digit -= '0';
        else if ((digit | 32) >= 'a' && (digit | 32) <= 'f')
            digit = (digit | 32) - 'a' + 10;
        else
            break;
        if (digit >= base)
            break;
        if (value > cut || (value == cut && digit > rest))
            overflow = 1;
        else
            value = value * base + digit;
    }
    *end = at == first ? text : at;
    if (overflow)
        value = limit;
    return negative ? (int64_t)(0 - value) : (int64_t)value;
}
