/* Scans by the word, and by tables of bytes. */
#include "bytes.h"

#include <stdint.h>
#include <string.h>

#define ONES (~UINT64_C(0) / 255)
#define HIGHS (ONES * 128)

typedef uint64_t __attribute__((may_alias)) word;

/* Reads whole aligned words: bytes behind the end lie in the same word, so never on another page. A checker of
 * addresses would object all the same. */
#define WHOLE_WORDS __attribute__((no_sanitize("address")))

WHOLE_WORDS size_t hwk_in_length(const char *s)
{
    const char *at = s;
    for (; (uintptr_t)at % sizeof(word) != 0; at++)
        if (*at == 0)
            return (size_t)(at - s);
    const word *w = (const word *)at;
    while (((*w - ONES) & ~*w & HIGHS) == 0)
        w++;
    uint64_t zeros = (*w - ONES) & ~*w & HIGHS;
    return (size_t)((const char *)w - s) + (size_t)__builtin_ctzll(zeros) / 8;
}

WHOLE_WORDS void *hwk_in_find_byte(const void *from, int c, size_t n)
{
    const unsigned char *at = from, *end = at + n;
    uint64_t pattern = ONES * (unsigned char)c;
    for (; at < end && (uintptr_t)at % sizeof(word) != 0; at++)
        if (*at == (unsigned char)c)
            return (void *)(uintptr_t)at;
    for (; (size_t)(end - at) >= sizeof(word) && at < end; at += sizeof(word)) {
        uint64_t differences = *(const word *)at ^ pattern;
        uint64_t zeros = (differences - ONES) & ~differences & HIGHS;
        if (zeros != 0)
            return (void *)(uintptr_t)(at + __builtin_ctzll(zeros) / 8);
    }
    for (; at < end; at++)
        if (*at == (unsigned char)c)
            return (void *)(uintptr_t)at;
    return NULL;
}

static size_t span_until(const char *s, const char *reject)
{
    unsigned char table[256];
    const unsigned char *at = (const unsigned char *)s;
    if (reject[0] == 0)
        return hwk_in_length(s);
    memset(table, 0, sizeof table);
    for (const unsigned char *r = (const unsigned char *)reject; *r != 0; r++)
        table[*r] = 1;
    table[0] = 1;
    if (table[at[0]])
        return 0;
    if (table[at[1]])
        return 1;
    if (table[at[2]])
        return 2;
    if (table[at[3]])
        return 3;
    at = (const unsigned char *)((uintptr_t)at & ~(uintptr_t)3);
    unsigned c0, c1, c2, c3;
    do {
        at += 4;
        c0 = table[at[0]];
        /* The words are aligned, the string is not: stop at the first hit before looking further. */
        if (c0)
            return (size_t)((const char *)at - s);
        c1 = table[at[1]];
        if (c1)
            return (size_t)((const char *)at - s) + 1;
        c2 = table[at[2]];
        if (c2)
            return (size_t)((const char *)at - s) + 2;
        c3 = table[at[3]];
    } while (c3 == 0);
    return (size_t)((const char *)at - s) + 3;
}

static size_t span_of(const char *s, const char *accept)
{
    unsigned char table[256];
    memset(table, 0, sizeof table);
    for (const unsigned char *a = (const unsigned char *)accept; *a != 0; a++)
        table[*a] = 1;
    const unsigned char *at = (const unsigned char *)s;
    while (table[*at])
        at++;
    return (size_t)((const char *)at - s);
}

char *hwk_token(char *s, const char *delimiters, char **rest)
{
    if (s == NULL)
        s = *rest;
    if (*s == 0) {
        *rest = s;
        return NULL;
    }
    s += span_of(s, delimiters);
    if (*s == 0) {
        *rest = s;
        return NULL;
    }
    char *end = s + span_until(s, delimiters);
    if (*end == 0) {
        *rest = end;
        return s;
    }
    *end = 0;
    *rest = end + 1;
    return s;
}

size_t hwk_length(const char *s) HWK_EXPORT_AS(hwk_in_length);
void *hwk_find_byte(const void *s, int c, size_t n) HWK_EXPORT_AS(hwk_in_find_byte);
size_t hwk_span_until(const char *s, const char *reject) HWK_EXPORT_AS(span_until);
size_t hwk_span_of(const char *s, const char *accept) HWK_EXPORT_AS(span_of);
