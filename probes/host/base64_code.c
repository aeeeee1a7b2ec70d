/* Three bytes are four characters; a byte is two digits. */
#include "base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char digits[] = "0123456789abcdef";

size_t hwk_base64_encode(const unsigned char *from, size_t n, char *to)
{
    char *start = to;
    while (n >= 3) {
        uint32_t three = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
        to[0] = alphabet[three >> 18];
        to[1] = alphabet[three >> 12 & 63];
        to[2] = alphabet[three >> 6 & 63];
        to[3] = alphabet[three & 63];
        from += 3;
        to += 4;
        n -= 3;
    }
    if (n != 0) {
        uint32_t rest = (uint32_t)from[0] << 16 | (n == 2 ? (uint32_t)from[1] << 8 : 0);
        *to++ = alphabet[rest >> 18];
        *to++ = alphabet[rest >> 12 & 63];
        *to++ = n == 2 ? alphabet[rest >> 6 & 63] : '=';
        *to++ = '=';
    }
    return (size_t)(to - start);
}

static int value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

size_t hwk_base64_decode(const char *from, size_t n, unsigned char *to)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t written = 0;
    for (size_t i = 0; i < n && from[i] != '='; i++) {
        int six = value(from[i]);
        if (six < 0)
            return 0;
        bits = bits << 6 | (uint32_t)six;
        have += 6;
        if (have >= 8) {
            have -= 8;
            to[written++] = (unsigned char)(bits >> have);
        }
    }
    return written;
}

size_t hwk_hex_encode(const unsigned char *from, size_t n, char *to)
{
    for (size_t i = 0; i < n; i++) {
        to[2 * i] = digits[from[i] >> 4];
        to[2 * i + 1] = digits[from[i] & 15];
    }
    return 2 * n;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

size_t hwk_hex_decode(const char *from, size_t n, unsigned char *to)
{
    for (size_t i = 0; i + 1 < n; i += 2) {
        int high = digit(from[i]), low = digit(from[i + 1]);
        if (high < 0 || low < 0)
            return 0;
        to[i / 2] = (unsigned char)(high << 4 | low);
    }
    return n / 2;
}
