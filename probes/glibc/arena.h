/* An allocator over one arena, laid out as ptmalloc lays out its own: headers with sizes and flags, a cache of freed
 * chunks by size, bins of free chunks in doubly linked lists, coalescing neighbours, a top chunk. */
#ifndef HWK_ARENA_H
#define HWK_ARENA_H

#include <stddef.h>
#include <stdint.h>

enum {
    ALIGN = 16,
    HEADER = 16, /* size of the chunk before this one, if that is free; own size and flags */
    SMALLEST = 32,
    CACHE_BINS = 64,
    CACHE_MOST = 7,
    SMALL_BINS = 64,
    LARGE_BINS = 48
};

struct hwk_chunk {
    size_t previous_size;
    size_t size; /* bit 0: the chunk before is in use */
    struct hwk_chunk *forward, *back;
};

struct hwk_cached {
    struct hwk_cached *next;
};

struct hwk_arena {
    struct hwk_cached *cache[CACHE_BINS];
    uint16_t cached[CACHE_BINS];
    struct hwk_chunk unsorted;
    struct hwk_chunk small[SMALL_BINS];
    struct hwk_chunk large[LARGE_BINS];
    uint64_t small_map;
    struct hwk_chunk *top;
    uint8_t *begin;
    size_t size;
};

__attribute__((visibility("hidden"))) void hwk_arena_reset(struct hwk_arena *a, uint8_t *begin, size_t size);

/* Exported, as malloc and free are. */
__attribute__((visibility("default"))) void *hwk_allocate(struct hwk_arena *a, size_t n);
__attribute__((visibility("default"))) void hwk_release(struct hwk_arena *a, void *p);
__attribute__((visibility("default"))) void *hwk_resize(struct hwk_arena *a, void *p, size_t n);

#endif
