/* The median of three, or of nine where there are many; equal elements to both ends; small parts by insertion. */
#include "sort.h"

static void swap(char *a, char *b, size_t n)
{
    do {
        char c = *a;
        *a++ = *b;
        *b++ = c;
    } while (--n != 0);
}

static void exchange(char *a, char *b, size_t n)
{
    if (n == sizeof(uint64_t)) {
        uint64_t x, y;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        memcpy(a, &y, sizeof y);
        memcpy(b, &x, sizeof x);
    } else if (n == sizeof(uint32_t)) {
        uint32_t x, y;
        memcpy(&x, a, sizeof x);
        memcpy(&y, b, sizeof y);
        memcpy(a, &y, sizeof y);
        memcpy(b, &x, sizeof x);
    } else {
        swap(a, b, n);
    }
}

static char *middle(char *a, char *b, char *c, hwk_order *order)
{
    if (order(a, b) < 0)
        return order(b, c) < 0 ? b : order(a, c) < 0 ? c : a;
    return order(b, c) > 0 ? b : order(a, c) > 0 ? c : a;
}

static void insertion(char *base, size_t n, size_t size, hwk_order *order)
{
    for (size_t i = 1; i < n; i++)
        for (char *p = base + i * size; p > base && order(p - size, p) > 0; p -= size)
            exchange(p - size, p, size);
}

void hwk_quicksort(void *from, size_t n, size_t size, hwk_order *order)
{
    char *base = from;
    while (n > 8) {
        char *mid = base + n / 2 * size, *low = base, *high = base + (n - 1) * size;
        if (n > 60) {
            size_t step = n / 8 * size;
            low = middle(low, low + step, low + 2 * step, order);
            mid = middle(mid - step, mid, mid + step, order);
            high = middle(high - 2 * step, high - step, high, order);
        }
        exchange(base, middle(low, mid, high, order), size);
        char *left = base + size, *right = base + (n - 1) * size;
        for (;;) {
            while (left <= right && order(left, base) < 0)
                left += size;
            while (left <= right && order(right, base) > 0)
                right -= size;
            if (left >= right)
                break;
            exchange(left, right, size);
            left += size;
            right -= size;
        }
        if (left == right && order(left, base) <= 0)
            left += size;
        size_t below = (size_t)(left - base) / size - 1, above = n - below - 1;
        exchange(base, base + below * size, size);
        char *after = base + (below + 1) * size;
        if (below < above) {
            hwk_quicksort(base, below, size, order);
            base = after;
            n = above;
        } else {
            hwk_quicksort(after, above, size, order);
            n = below;
        }
    }
    insertion(base, n, size, order);
}
