/* Searches and comparisons that look at more than one byte. */
#include "bytes.h"

#include <stdint.h>
#include <string.h>

static const unsigned char *lower_table(void)
{
    static unsigned char table[256];
    if (table['A'] == 0)
        for (int c = 0; c < 256; c++)
            table[c] = (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return table;
}

int hwk_compare_nocase(const char *a, const char *b)
{
    const unsigned char *p = (const unsigned char *)a, *q = (const unsigned char *)b;
    const unsigned char *lower = lower_table();
    int difference;
    if (p == q)
        return 0;
    while ((difference = lower[*p] - lower[*q++]) == 0)
        if (*p++ == 0)
            break;
    return difference;
}

/* Hash of the last two bytes; shifts as in a Horspool search, and a comparison only where the hash agrees. */
static inline unsigned pair(const unsigned char *p)
{
    return ((unsigned)p[0] - ((unsigned)p[-1] << 3)) & 255;
}

char *hwk_find_string(const char *haystack, const char *needle)
{
    const unsigned char *h = (const unsigned char *)haystack, *n = (const unsigned char *)needle;
    size_t needle_length = hwk_in_length(needle);
    if (needle_length == 0)
        return (char *)(uintptr_t)haystack;
    size_t haystack_length = hwk_in_length(haystack);
    if (haystack_length < needle_length)
        return NULL;
    if (needle_length == 1)
        return hwk_in_find_byte(haystack, n[0], haystack_length);
    if (needle_length > 255) { /* long needles are rare: bytewise */
        for (const unsigned char *end = h + haystack_length - needle_length; h <= end; h++)
            if (h[0] == n[0] && memcmp(h, n, needle_length) == 0)
                return (char *)(uintptr_t)h;
        return NULL;
    }
    const unsigned char *end = h + haystack_length - needle_length;
    size_t last = needle_length - 1, tail;
    uint8_t shift[256];
    memset(shift, 0, sizeof shift);
    for (size_t i = 1; i < last; i++)
        shift[pair(n + i)] = (uint8_t)i;
    size_t again = last - shift[pair(n + last)];
    shift[pair(n + last)] = (uint8_t)last;
    while (h <= end) {
        do {
            h += last;
            tail = shift[pair(h)];
        } while (tail == 0 && h <= end);
        h -= tail;
        if (tail < last)
            continue;
        if (h > end)
            break;
        if (memcmp(h, n, last) == 0 && h[last] == n[last])
            return (char *)(uintptr_t)h;
        h += again;
    }
    return NULL;
}

static int digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

int hwk_compare_version(const char *a, const char *b)
{
    const unsigned char *p = (const unsigned char *)a, *q = (const unsigned char *)b;
    while (*p != 0 && *q != 0) {
        if (digit(*p) && digit(*q)) {
            size_t n = 0, m = 0;
            while (*p == '0')
                p++;
            while (*q == '0')
                q++;
            while (digit(p[n]))
                n++;
            while (digit(q[m]))
                m++;
            if (n != m)
                return n < m ? -1 : 1;
            for (size_t i = 0; i < n; i++)
                if (p[i] != q[i])
                    return p[i] - q[i];
            p += n;
            q += m;
        } else if (*p != *q) {
            break;
        } else {
            p++;
            q++;
        }
    }
    return *p - *q;
}
