/* Horspool's search, and two plain loops over bytes. */
#include "search.h"

#include <string.h>

void hwk_search_prepare(struct hwk_needle *needle)
{
    memset(needle->skip, (int)needle->length, sizeof needle->skip);
    for (size_t i = 0; i + 1 < needle->length; i++)
        needle->skip[needle->text[i]] = (unsigned char)(needle->length - 1 - i);
}

static int same(const unsigned char *a, const unsigned char *b, size_t n)
{
    while (n != 0 && *a == *b) {
        a++;
        b++;
        n--;
    }
    return n == 0;
}

size_t hwk_search_find(const struct hwk_needle *needle, const unsigned char *text, size_t n)
{
    size_t last = needle->length - 1;
    if (n <= last)
        return n;
    for (size_t at = 0; at + last < n; at += needle->skip[text[at + last]])
        if (text[at + last] == needle->text[last] && same(text + at, needle->text, last))
            return at;
    return n;
}

size_t hwk_search_count(const unsigned char *text, size_t n, unsigned char byte)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += text[i] == byte;
    return count;
}

size_t hwk_search_span(const unsigned char *text, size_t n, const unsigned char *class)
{
    size_t i = 0;
    while (i < n && !class[text[i]])
        i++;
    return i;
}
