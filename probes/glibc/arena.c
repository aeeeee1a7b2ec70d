/* The allocator: cache, exact small bins, unsorted chunks, best fit among the large, then the top. */
#include "arena.h"

#include <string.h>

#define IN_USE ((size_t)1)

static size_t size_of(const struct hwk_chunk *c)
{
    return c->size & ~(size_t)15;
}

static struct hwk_chunk *at(struct hwk_chunk *c, size_t offset)
{
    return (struct hwk_chunk *)((char *)c + offset);
}

static void *memory_of(struct hwk_chunk *c)
{
    return (char *)c + HEADER;
}

static struct hwk_chunk *chunk_of(void *p)
{
    return (struct hwk_chunk *)((char *)p - HEADER);
}

static void list_empty(struct hwk_chunk *list)
{
    list->forward = list->back = list;
}

void hwk_arena_reset(struct hwk_arena *a, uint8_t *begin, size_t size)
{
    memset(a->cache, 0, sizeof a->cache);
    memset(a->cached, 0, sizeof a->cached);
    list_empty(&a->unsorted);
    for (unsigned i = 0; i < SMALL_BINS; i++)
        list_empty(&a->small[i]);
    for (unsigned i = 0; i < LARGE_BINS; i++)
        list_empty(&a->large[i]);
    a->small_map = 0;
    a->begin = begin;
    a->size = size;
    a->top = (struct hwk_chunk *)begin;
    a->top->size = (size & ~(size_t)15) | IN_USE;
}

static void link_after(struct hwk_chunk *list, struct hwk_chunk *c)
{
    c->forward = list->forward;
    c->back = list;
    list->forward->back = c;
    list->forward = c;
}

static void unlink_chunk(struct hwk_chunk *c)
{
    c->forward->back = c->back;
    c->back->forward = c->forward;
}

static unsigned large_index(size_t size)
{
    unsigned octave = 63 - (unsigned)__builtin_clzll(size);
    unsigned index = (octave - 10) * 4 + (unsigned)((size >> (octave - 2)) & 3);
    return index < LARGE_BINS ? index : LARGE_BINS - 1;
}

/* Cuts `need` off a free chunk that is in no list, leaves the rest unsorted. */
static void *carve(struct hwk_arena *a, struct hwk_chunk *c, size_t need)
{
    size_t size = size_of(c);
    if (size - need >= SMALLEST) {
        struct hwk_chunk *rest = at(c, need);
        rest->size = (size - need) | IN_USE;
        at(rest, size - need)->previous_size = size - need;
        link_after(&a->unsorted, rest);
        c->size = need | (c->size & IN_USE);
    } else {
        at(c, size)->size |= IN_USE;
    }
    return memory_of(c);
}

static void *allocate_slowly(struct hwk_arena *a, size_t need)
{
    unsigned index = (unsigned)(need / ALIGN);
    if (index < SMALL_BINS && a->small[index].back != &a->small[index]) {
        struct hwk_chunk *c = a->small[index].back;
        unlink_chunk(c);
        if (a->small[index].back == &a->small[index])
            a->small_map &= ~(UINT64_C(1) << index);
        at(c, size_of(c))->size |= IN_USE;
        return memory_of(c);
    }
    /* Sort what was freed lately; an exact fit is taken on the way. */
    while (a->unsorted.back != &a->unsorted) {
        struct hwk_chunk *c = a->unsorted.back;
        size_t size = size_of(c);
        unlink_chunk(c);
        if (size == need) {
            at(c, size)->size |= IN_USE;
            return memory_of(c);
        }
        if (size / ALIGN < SMALL_BINS) {
            link_after(&a->small[size / ALIGN], c);
            a->small_map |= UINT64_C(1) << (size / ALIGN);
        } else {
            struct hwk_chunk *list = &a->large[large_index(size)], *place = list->forward;
            while (place != list && size_of(place) > size)
                place = place->forward;
            link_after(place->back, c);
        }
    }
    if (index < SMALL_BINS) {
        uint64_t map = a->small_map & ~((UINT64_C(2) << index) - 1);
        if (map != 0) {
            unsigned bigger = (unsigned)__builtin_ctzll(map);
            struct hwk_chunk *c = a->small[bigger].back;
            unlink_chunk(c);
            if (a->small[bigger].back == &a->small[bigger])
                a->small_map &= ~(UINT64_C(1) << bigger);
            return carve(a, c, need);
        }
    }
    for (unsigned i = index < SMALL_BINS ? 0 : large_index(need); i < LARGE_BINS; i++) {
        struct hwk_chunk *list = &a->large[i], *c = list->back;
        while (c != list && size_of(c) < need)
            c = c->back;
        if (c != list) {
            unlink_chunk(c);
            return carve(a, c, need);
        }
    }
    size_t top = size_of(a->top);
    if (top < need + SMALLEST)
        return NULL;
    struct hwk_chunk *c = a->top;
    a->top = at(c, need);
    a->top->size = (top - need) | IN_USE;
    c->size = need | (c->size & IN_USE);
    return memory_of(c);
}

static size_t padded(size_t n)
{
    size_t need = (n + 8 + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    return need < SMALLEST ? SMALLEST : need;
}

static void *allocate(struct hwk_arena *a, size_t n)
{
    size_t need = padded(n);
    size_t bin = need / ALIGN;
    if (bin < CACHE_BINS && a->cache[bin] != NULL) {
        struct hwk_cached *c = a->cache[bin];
        a->cache[bin] = c->next;
        a->cached[bin]--;
        return c;
    }
    return allocate_slowly(a, need);
}

static void release(struct hwk_arena *a, void *p)
{
    if (p == NULL)
        return;
    struct hwk_chunk *c = chunk_of(p);
    size_t size = size_of(c), bin = size / ALIGN;
    if (bin < CACHE_BINS && a->cached[bin] < CACHE_MOST) {
        struct hwk_cached *cached = p;
        cached->next = a->cache[bin];
        a->cache[bin] = cached;
        a->cached[bin]++;
        return;
    }
    if ((c->size & IN_USE) == 0) { /* the chunk before is free: one with it */
        size_t before = c->previous_size;
        c = (struct hwk_chunk *)((char *)c - before);
        size += before;
        unlink_chunk(c);
        if (before / ALIGN < SMALL_BINS && a->small[before / ALIGN].back == &a->small[before / ALIGN])
            a->small_map &= ~(UINT64_C(1) << (before / ALIGN));
    }
    struct hwk_chunk *next = at(c, size);
    if (next == a->top) {
        size += size_of(next);
        c->size = size | IN_USE;
        a->top = c;
        return;
    }
    size_t after = size_of(next);
    if ((at(next, after)->size & IN_USE) == 0) { /* so is the one after */
        unlink_chunk(next);
        if (after / ALIGN < SMALL_BINS && a->small[after / ALIGN].back == &a->small[after / ALIGN])
            a->small_map &= ~(UINT64_C(1) << (after / ALIGN));
        size += after;
        next = at(c, size);
    } else {
        next->size &= ~IN_USE;
    }
    c->size = size | IN_USE;
    next->previous_size = size;
    link_after(&a->unsorted, c);
}

void *hwk_resize(struct hwk_arena *a, void *p, size_t n)
{
    struct hwk_chunk *c = chunk_of(p);
    size_t have = size_of(c);
    if (padded(n) <= have)
        return p;
    void *moved = allocate(a, n);
    if (moved != NULL) {
        memcpy(moved, p, have - HEADER);
        release(a, p);
    }
    return moved;
}

/* Exported beside the internal names, which calls within the library use. */
void *hwk_allocate(struct hwk_arena *a, size_t n) __attribute__((visibility("default"), alias("allocate")));
void hwk_release(struct hwk_arena *a, void *p) __attribute__((visibility("default"), alias("release")));
