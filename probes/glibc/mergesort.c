/* Top-down merge sort with a copy loop for each kind of element. Large elements are sorted by pointer, then moved
 * along the cycles of the permutation. */
#include "sort.h"

#include <stdint.h>
#include <string.h>

enum kind { WORD4, WORD8, WORDS, POINTERS, BYTES };

struct sorting {
    size_t size;
    enum kind kind;
    hwk_compare *compare;
    void *context;
    char *temporary;
};

static void sort_with(const struct sorting *s, void *base, size_t n)
{
    if (n <= 1)
        return;
    size_t n1 = n / 2, n2 = n - n1;
    char *b1 = base, *b2 = (char *)base + n1 * s->size;
    sort_with(s, b1, n1);
    sort_with(s, b2, n2);

    char *to = s->temporary;
    const size_t size = s->size;
    hwk_compare *compare = s->compare;
    void *context = s->context;
    switch (s->kind) {
    case WORD4:
        while (n1 > 0 && n2 > 0) {
            char **from = compare(b1, b2, context) <= 0 ? (--n1, &b1) : (--n2, &b2);
            memcpy(to, *from, 4);
            *from += 4;
            to += 4;
        }
        break;
    case WORD8:
        while (n1 > 0 && n2 > 0) {
            if (compare(b1, b2, context) <= 0) {
                memcpy(to, b1, 8);
                b1 += 8;
                --n1;
            } else {
                memcpy(to, b2, 8);
                b2 += 8;
                --n2;
            }
            to += 8;
        }
        break;
    case WORDS:
        while (n1 > 0 && n2 > 0) {
            char **from = compare(b1, b2, context) <= 0 ? (--n1, &b1) : (--n2, &b2);
            for (size_t i = 0; i < size; i += 8)
                memcpy(to + i, *from + i, 8);
            *from += size;
            to += size;
        }
        break;
    case POINTERS:
        while (n1 > 0 && n2 > 0) {
            const void *p1, *p2;
            memcpy(&p1, b1, sizeof p1);
            memcpy(&p2, b2, sizeof p2);
            if (compare(p1, p2, context) <= 0) {
                memcpy(to, b1, sizeof p1);
                b1 += sizeof p1;
                --n1;
            } else {
                memcpy(to, b2, sizeof p2);
                b2 += sizeof p2;
                --n2;
            }
            to += sizeof p1;
        }
        break;
    case BYTES:
        while (n1 > 0 && n2 > 0) {
            char **from = compare(b1, b2, context) <= 0 ? (--n1, &b1) : (--n2, &b2);
            memcpy(to, *from, size);
            *from += size;
            to += size;
        }
        break;
    }
    if (n1 > 0)
        memcpy(to, b1, n1 * size);
    memcpy(base, s->temporary, (n - n2) * size);
}

static void sort_by_pointer(struct sorting *s, char *base, size_t n, size_t size)
{
    char **pointer = (char **)(s->temporary + n * sizeof *pointer);
    char *spare = (char *)(pointer + n);
    for (size_t i = 0; i < n; i++)
        pointer[i] = base + i * size;
    s->size = sizeof *pointer;
    s->kind = POINTERS;
    sort_with(s, pointer, n);
    for (size_t i = 0; i < n; i++) {
        char *from = pointer[i], *place = base + i * size;
        if (from == place)
            continue;
        size_t j = i;
        memcpy(spare, place, size);
        do {
            size_t k = (size_t)(from - base) / size;
            pointer[j] = place;
            memcpy(place, from, size);
            j = k;
            place = from;
            from = pointer[k];
        } while (from != base + i * size);
        pointer[j] = place;
        memcpy(place, spare, size);
    }
}

void hwk_sort(void *base, size_t n, size_t size, hwk_compare *compare, void *context, void *temporary)
{
    struct sorting s = {size, BYTES, compare, context, temporary};
    if (size > 32) {
        sort_by_pointer(&s, base, n, size);
        return;
    }
    if ((size & 3) == 0 && ((uintptr_t)base & 3) == 0) {
        if (size == 4)
            s.kind = WORD4;
        else if (size == 8 && ((uintptr_t)base & 7) == 0)
            s.kind = WORD8;
        else if ((size & 7) == 0 && ((uintptr_t)base & 7) == 0)
            s.kind = WORDS;
    }
    sort_with(&s, base, n);
}
