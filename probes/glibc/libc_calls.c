/* hwtune:
title = "Calls of the installed libc"
stands_for = "the ifunc-selected assembly of memcpy, memset, memcmp, memchr, strlen and strchr: flags cannot move it"
source = "glibc 2.40, sysdeps/x86_64/multiarch"
datasets = ["short", "mixed", "long"]
role = "negative-control"
*/
#include "probe.h"

#include <stdlib.h>
#include <string.h>

/* Behind volatile pointers, so that no compiler expands a call or learns from its name. */
static void *(*volatile copy)(void *, const void *, size_t) = memcpy;
static void *(*volatile set)(void *, int, size_t) = memset;
static int (*volatile compare)(const void *, const void *, size_t) = memcmp;
static void *(*volatile find)(const void *, int, size_t) = memchr;
static size_t (*volatile length)(const char *) = strlen;

enum { CALLS = 160, A_TURN = CALLS / 4, BUFFER = 64 * 1024, PAGE = 4096 };

static unsigned dataset, at;
static unsigned char *from, *to;
static struct {
    unsigned size, source, target, tail;
} call[CALLS];

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    /* One block from the start of a page, so that both buffers lie alike in every build. */
    from = aligned_alloc(PAGE, 2 * (BUFFER + PAGE));
    if (from == NULL)
        abort();
    to = from + BUFFER + PAGE;
    support_noise(seed, from, BUFFER);
    memset(to, 1, BUFFER);
    for (size_t i = 0; i < BUFFER; i++)
        from[i] |= from[i] == 0; /* strlen runs to the end */
    from[BUFFER] = 0;
    /* So long that the work is the library's and the call a rounding error. */
    static const unsigned least[] = {4096, 8192, 24576}, span[] = {4096, 16384, 24576};
    for (unsigned i = 0; i < CALLS; i++) {
        uint64_t draw = support_random(&seed);
        unsigned size = least[dataset] + (unsigned)(draw % span[dataset]);
        call[i].size = size;
        call[i].source = (unsigned)(draw >> 16) % (BUFFER - size);
        call[i].target = (unsigned)(draw >> 32) % (BUFFER - size);
        call[i].tail = BUFFER - size;
    }
}

/* The next quarter of the calls. */
uint64_t probe_run(void)
{
    uint64_t sum = 0;
    for (unsigned end = at + A_TURN, i; (i = at) < end; at++) {
        unsigned size = call[i].size;
        const unsigned char *source = from + call[i].source;
        unsigned char *target = to + call[i].target;
        copy(target, source, size);
        sum = sum * 31 + (uint64_t)(compare(target, source, size) == 0);
        sum += find(source, 0, size) == NULL;
        sum += length((const char *)from + call[i].tail);
        set(target, (int)(i & 255), size);
        sum = sum * 31 + target[size / 2];
    }
    at %= CALLS;
    return sum;
}
