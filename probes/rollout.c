/* Times the libraries of a running system: its own C library, whichever loader started it, and the zlib named.
 *
 *   rollout LIBZ SAMPLES      (LIBZ may be "-": the jobs of zlib are left out)
 *
 * One line a job: its name, calls a sample, a checksum, and SAMPLES times in ns a call (CPU time of the process).
 * A job that cannot run says `NAME not REASON`. A last line `end` tells that nothing broke off. */
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { INPUT = 64 * 1024, PACKED = INPUT + INPUT / 8 + 1024, WORDS = 4096, BLOCKS = 512 };
static const double SAMPLE_NS = 4e6; /* A thousand times what reading the clock costs, and more. */

typedef unsigned long zlong;
static int (*deflate_to)(unsigned char *, zlong *, const unsigned char *, zlong, int);
static int (*inflate_to)(unsigned char *, zlong *, const unsigned char *, zlong);

static unsigned char input[INPUT], packed[PACKED], unpacked[INPUT];
static zlong packed_size;
static uint64_t state = 88172645463325252u;

static uint64_t draw(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * 1099511628211u;
    return hash;
}

/* Words with a skewed choice and numbers between: what logs and sources look like to a compressor. */
static void fill(void)
{
    static const char *const word[] = { "error ", "the ", "request ", "static ", "return ", "of ", "user ", "in ", "nix ",
                                        "store ", "0x", "path=", "and ", "host ", "\n", "library " };
    size_t at = 0;
    while (at < INPUT) {
        char text[32];
        uint64_t r = draw();
        if (r % 7)
            snprintf(text, sizeof text, "%s", word[(r >> 8) % 16 * ((r >> 16) % 16) / 16]);
        else
            snprintf(text, sizeof text, "%u ", (unsigned)(r >> 40) % 100000);
        size_t size = strlen(text);
        if (size > INPUT - at)
            size = INPUT - at;
        memcpy(input + at, text, size);
        at += size;
    }
}

static uint64_t zlib_compress(void)
{
    packed_size = PACKED;
    if (deflate_to(packed, &packed_size, input, INPUT, 6) != 0)
        return 0;
    return INPUT; /* Another version may compress otherwise; that it is right is seen when it is uncompressed. */
}

static uint64_t zlib_uncompress(void)
{
    zlong size = INPUT;
    if (inflate_to(unpacked, &size, packed, packed_size) != 0 || memcmp(unpacked, input, INPUT) != 0)
        return 0;
    return mix(1, unpacked, 64) + size;
}

static uint64_t libc_malloc(void)
{
    static void *block[BLOCKS];
    uint64_t sum = 1;
    state = 42;
    for (int i = 0; i < 8 * BLOCKS; i++) {
        unsigned at = draw() % BLOCKS;
        free(block[at]);
        size_t size = 16 + draw() % 1200;
        block[at] = malloc(size);
        if (block[at] == NULL)
            return 0;
        *(unsigned char *)block[at] = (unsigned char)size;
        sum += *(unsigned char *)block[at];
    }
    for (int i = 0; i < BLOCKS; i++) {
        free(block[i]);
        block[i] = NULL;
    }
    return sum;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

static uint64_t libc_sort(void)
{
    static uint64_t value[WORDS];
    state = 43;
    for (int i = 0; i < WORDS; i++)
        value[i] = draw();
    qsort(value, WORDS, sizeof *value, by_value);
    return mix(1, value, 64);
}

static uint64_t libc_format(void)
{
    char line[160];
    uint64_t hash = 1;
    for (int i = 0; i < 300; i++) {
        snprintf(line, sizeof line, "%d %s %08x %.6g %ld", i, "message", i * 7919u, i / 7.0, (long)i << 20);
        hash = mix(hash, line, strlen(line)) + (uint64_t)(strtod(line, NULL) * 4);
    }
    return hash;
}

static uint64_t libc_string(void)
{
    static char copy[INPUT + 1];
    uint64_t sum = 1;
    memcpy(copy, input, INPUT);
    for (char *at = copy; at < copy + INPUT; at += strlen(at) + 1) {
        char *end = memchr(at, '\n', (size_t)(copy + INPUT - at));
        if (end != NULL)
            *end = 0;
        sum += strlen(at) + (strstr(at, "library") != NULL);
    }
    return sum;
}

/* Rounded: a build that contracts to FMA may differ in the last place, and that is no fault. */
static uint64_t libm_math(void)
{
    char text[32];
    double sum = 0;
    for (int i = 1; i < 1500; i++) {
        double x = i / 37.0;
        sum += sin(x) + cos(x) + exp(-x) + log(x);
    }
    snprintf(text, sizeof text, "%.8e", sum);
    return mix(1, text, strlen(text));
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void job(const char *name, uint64_t (*run)(void), int samples)
{
    uint64_t expected = run();
    if (expected == 0) {
        printf("%s not a wrong result\n", name);
        return;
    }
    long calls = 1;
    for (;;) {
        double start = now();
        for (long i = 0; i < calls; i++)
            run();
        double spent = now() - start;
        if (spent >= SAMPLE_NS)
            break;
        calls = spent > SAMPLE_NS / 100 ? (long)((double)calls * SAMPLE_NS / spent * 1.1) + 1 : calls * 10;
    }
    printf("%s %ld %016llx", name, calls, (unsigned long long)expected);
    for (int s = 0; s < samples; s++) {
        uint64_t last = 0;
        double start = now();
        for (long i = 0; i < calls; i++)
            last = run();
        double spent = now() - start;
        printf(" %.1f", last == expected ? spent / (double)calls : -1.0);
    }
    putchar('\n');
    fflush(stdout);
}

static int zlib(const char *path)
{
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return 0;
    void *to = dlsym(handle, "compress2"), *from = dlsym(handle, "uncompress");
    memcpy(&deflate_to, &to, sizeof to);
    memcpy(&inflate_to, &from, sizeof from);
    return to != NULL && from != NULL;
}

int main(int argc, char **argv)
{
    int samples = argc > 2 ? atoi(argv[2]) : 0;
    if (argc != 3 || samples < 1 || samples > 1000) {
        fprintf(stderr, "usage: rollout LIBZ SAMPLES\n");
        return 2;
    }
    fill();
    if (strcmp(argv[1], "-") != 0) {
        if (zlib(argv[1])) {
            job("zlib-compress", zlib_compress, samples);
            job("zlib-uncompress", zlib_uncompress, samples);
        } else {
            printf("zlib-compress not loadable: %s\n", argv[1]);
        }
    }
    job("libc-malloc", libc_malloc, samples);
    job("libc-sort", libc_sort, samples);
    job("libc-format", libc_format, samples);
    job("libc-string", libc_string, samples);
    job("libm-math", libm_math, samples);
    puts("end");
    return 0;
}
