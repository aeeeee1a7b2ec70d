/* hwtune:
title = "malloc and free"
code = ["calls", "branchy"]
stands_for = "tcache, _int_malloc and _int_free over traces of requests"
source = "glibc 2.40, malloc/malloc.c: tcache_get, _int_malloc, _int_free, malloc_consolidate's coalescing"
datasets = ["short-lived", "mixed", "churn"]
units = ["arena.c"]
headers = ["arena.h"]
*/
#include "arena.h"
#include "probe.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS = 24000, A_CALL = 3000, SLOTS = 1024, ARENA = 24 << 20 };

/* A step frees or grows what its slot holds, else allocates into it. */
struct step {
    uint32_t slot, size;
};

static unsigned dataset, at = STEPS;
static struct step *step;
static struct hwk_arena *arena;
static uint8_t *memory;
static void *slot[SLOTS];

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

/* Requests by size as allocation profiles of interpreters and compilers show them: most are 16 to 128 bytes, some
 * are buffers of a few KiB, a few are large. */
static uint32_t draw_size(uint64_t *seed)
{
    uint64_t draw = support_random(seed);
    uint32_t kind = draw & 127, rest = (uint32_t)(draw >> 32);
    if (kind < 52)
        return 8 + rest % 40;
    if (kind < 92)
        return 24 + rest % 104;
    if (kind < 115)
        return 100 + rest % 900;
    if (kind < 125)
        return 1000 + rest % 7000;
    return 8000 + rest % 56000;
}

void probe_setup(uint64_t seed)
{
    step = malloc(STEPS * sizeof *step);
    arena = malloc(sizeof *arena);
    memory = malloc(ARENA + 16);
    if (step == NULL || arena == NULL || memory == NULL)
        abort();
    uint32_t stack = 0;
    for (unsigned i = 0; i < STEPS; i++) {
        uint64_t draw = support_random(&seed);
        step[i].size = draw_size(&seed);
        if (dataset == 0) { /* last in, first out, as locals and temporaries live */
            int push = stack == 0 || (stack < 60 && (draw & 1));
            step[i].slot = push ? stack++ : --stack;
            if (step[i].size > 1000)
                step[i].size &= 511;
        } else if (dataset == 1) {
            step[i].slot = (uint32_t)(draw % 200);
        } else { /* any lifetime, many alive */
            step[i].slot = (uint32_t)(draw % SLOTS);
        }
    }
}

static void begin(void)
{
    hwk_arena_reset(arena, (uint8_t *)(((uintptr_t)memory + 15) & ~(uintptr_t)15), ARENA);
    memset(slot, 0, sizeof slot);
    at = 0;
}

/* The next steps of the trace. The arena ages over the whole of it and is cleared at its end, which is a small part of a call. */
uint64_t probe_run(void)
{
    uint64_t sum = 0;
    if (at == STEPS)
        begin();
    for (unsigned end = at + A_CALL; at < end; at++) {
        void **p = &slot[step[at].slot];
        if (*p == NULL) {
            *p = hwk_allocate(arena, step[at].size);
            *(uint8_t *)*p = (uint8_t)at;
        } else if ((step[at].size & 15) == 3) {
            *p = hwk_resize(arena, *p, step[at].size);
        } else {
            hwk_release(arena, *p);
            *p = NULL;
            continue;
        }
        sum = sum * 0x9e3779b97f4a7c15u + (uint64_t)((uint8_t *)*p - arena->begin);
    }
    return sum;
}
