/* Drives the C library it is loaded with, through its interface alone: `hwtune compare --package glibc`, where two C
 * libraries run in lockstep, each under its own loader. Built with -fno-builtin, so that every call is a call.
 *
 * The macro TRIAL_OPERATION is the operation's place in trial.toml; data sets differ in size.
 *
 * A call takes the next part of its data set, at most a quarter of the largest, so that calls are short and two C libraries
 * can take turns at them. What cannot be cut is not: a qsort takes the next of several arrays, malloc frees in each call what
 * it allocated, and memory and dlsym take microseconds as they are. A pattern is compiled again in every fourth call.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <dlfcn.h>
#include <iconv.h>
#include <math.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MALLOC, REALLOC, QSORT, PRINTF, SCANF, STRTOD, STRTOL, MEMORY, STRINGS, LIBM, SYSCALL, LOOKUP, ICONV, REGEX };

enum { SIZES = 3, MOST = 4096, TEXT = 32768, A_CALL = 512, CHUNK = 8192, MATCHES = 4 };

static unsigned dataset;
static uint64_t random_state;
static size_t count;
/* The part of this call: items from `at` to `end`, of `count`. */
static size_t at, end;
static uint32_t numbers[MOST], sorted[MOST];
static double reals[MOST];
static char words[MOST][32];
static unsigned char text[TEXT], copy[TEXT];
static void *blocks[MOST];
static regex_t pattern;
static iconv_t widen;
static size_t text_length;
/* How far conversion and search have come in the text, and sorting in the numbers. */
static size_t text_at;
static unsigned calls;

int probe_dataset(unsigned i)
{
    dataset = i;
    return i < SIZES ? 0 : 1;
}

static void compile(void)
{
    if (regcomp(&pattern, "[a-z]+ing (the|of|[0-9]+)[ ,.]", REG_EXTENDED)) abort();
}

void probe_setup(uint64_t seed)
{
    static const size_t counts[SIZES] = {32, 256, 2048};
    static const size_t lengths[SIZES] = {256, 4096, TEXT - 1};
    random_state = seed;
    count = counts[dataset];
    text_length = lengths[dataset];
    for (size_t i = 0; i < MOST; i++) {
        uint64_t word = support_random(&seed);
        numbers[i] = (uint32_t)word;
        reals[i] = (double)(int64_t)word / 9007199254740992.0;
        /* Half as many digits as a double has, and as many as it has, as files have them. */
        snprintf(words[i], sizeof words[i], i % 2 ? "%.7g" : "%.17g", reals[i]);
    }
    support_text(seed, text, TEXT);
    text[text_length] = 0;
    if (TRIAL_OPERATION == REGEX) compile();
    if (TRIAL_OPERATION == ICONV && (widen = iconv_open("UTF-16LE", "UTF-8")) == (iconv_t)-1) abort();
}

static int by_value(const void *a, const void *b)
{
    uint32_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return x < y ? -1 : x > y;
}

static uint64_t bits(double value)
{
    uint64_t word;
    memcpy(&word, &value, sizeof word);
    return word;
}

/* Sizes as programs ask for them: mostly small, some large; freed in another order. */
static uint64_t allocate(void)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        size_t size = 8 + (numbers[i] & (numbers[i] & 64 ? 4095 : 255));
        if (!(blocks[i] = malloc(size))) return 1;
        *(unsigned char *)blocks[i] = (unsigned char)numbers[i];
    }
    for (size_t i = 0, other = 0; i < count; i++, other = (other + 17) & (count - 1)) {
        sum = sum * 31 + *(unsigned char *)blocks[other];
        free(blocks[other]);
    }
    return sum;
}

static uint64_t grow(void)
{
    uint64_t sum = 0;
    for (size_t i = at; i < end; i += 16) {
        unsigned char *block = NULL;
        for (size_t size = 16 + (numbers[i] & 31), n = 0; n < 8; size += size / 2, n++) {
            unsigned char *more = realloc(block, size);
            if (!more) return 1;
            block = more;
            block[size - 1] = (unsigned char)n;
        }
        sum = sum * 31 + block[16 + (numbers[i] & 31) - 1];
        free(block);
    }
    return sum;
}

static uint64_t sort(void)
{
    memcpy(sorted, numbers + text_at, count * sizeof *numbers);
    text_at = (text_at + count) % MOST;
    qsort(sorted, count, sizeof *sorted, by_value);
    return support_hash(0, sorted, count * sizeof *sorted);
}

static uint64_t format(void)
{
    uint64_t hash = 0;
    char line[160];
    for (size_t i = at; i < end; i += 4) {
        int n = snprintf(line, sizeof line, "%s: %d of %-8u at %08x, %.3f %.17g", words[i], (int)numbers[i], numbers[i] >> 7,
                         numbers[i] >> 3, reals[i], reals[i]);
        hash = support_hash(hash, line, (size_t)n);
    }
    return hash;
}

static uint64_t scan(void)
{
    uint64_t hash = 0;
    char line[96];
    for (size_t i = at; i < end; i += 8) {
        char word[32];
        int number = 0;
        double real = 0;
        snprintf(line, sizeof line, "%u %s name", numbers[i] >> 8, words[i]);
        int got = sscanf(line, "%d %lf %31s", &number, &real, word);
        hash = hash * 31 + (uint64_t)got + (uint64_t)number + bits(real) + (unsigned char)word[0];
    }
    return hash;
}

static uint64_t memory(void)
{
    uint64_t sum = 0;
    for (size_t from = 0; from + 64 < text_length; from += 64 + (from & 448)) {
        size_t n = text_length - from < 512 ? text_length - from : 512;
        memcpy(copy + from, text + from, n);
        sum += (uint64_t)(memcmp(copy + from, text + from, n) == 0);
        memset(copy, (int)from, n / 2);
        sum += memchr(text + from, '\n', n) != NULL;
        memmove(copy + from / 2, copy + from, n);
    }
    return support_hash(sum, copy, text_length < 512 ? text_length : 512);
}

static uint64_t strings(void)
{
    char *here = (char *)text;
    uint64_t sum = strlen(here);
    for (size_t i = at; i < end; i++) {
        sum += strlen(words[i]) + (uint64_t)(strcmp(words[i], words[i + 1]) > 0);
        sum += strchr(words[i], '.') != NULL;
        sum += (unsigned char)*strcpy((char *)copy, words[i]);
    }
    sum += strspn(here, "abcdefghijklmnopqrstuvwxyz ,.\n");
    char *found = strstr(here, "zzzyx");
    return sum + (found ? (uint64_t)(found - here) : 0);
}

static uint64_t mathematics(void)
{
    /* In [0.5, 64). Where builds round otherwise, both are held to the documented errors: see probe_values. */
    uint64_t hash = 0;
    for (size_t i = at; i < end; i += 4) {
        double x = 0.5 + (double)(numbers[i] & 0x3fffff) / 66052.0;
        hash = hash * 31 + bits(sin(x)) + bits(cos(x)) + bits(tan(x)) + bits(exp(x / 8)) + bits(log(x)) + bits(pow(x, 1.25));
        hash = hash * 31 + bits(cbrt(x)) + bits(atan2(x, 3)) + bits(j0(x)) + bits(erf(x / 16)) + bits(fmod(x, 0.7));
    }
    return hash;
}

static uint64_t look_up(void)
{
    static const char *const names[] = {"qsort", "strtod", "snprintf", "regexec", "iconv_open", "getaddrinfo", "wcstol", "no_such"};
    uint64_t found = 0;
    for (size_t i = 0; i < count / 16 + 1; i++) found = found * 3 + (dlsym(RTLD_DEFAULT, names[i % 8]) != NULL);
    void *again = dlopen("libm.so.6", RTLD_LAZY | RTLD_NOLOAD);
    if (again) dlclose(again);
    return found * 2 + (again != NULL);
}

static uint64_t convert(void)
{
    static char wide[2 * CHUNK];
    char *from = (char *)text + text_at, *to = wide;
    size_t left = text_length - text_at < CHUNK ? text_length - text_at : CHUNK, room = sizeof wide;
    text_at += left;
    size_t got = iconv(widen, &from, &left, &to, &room);
    if (text_at == text_length) {
        text_at = 0;
        iconv(widen, NULL, NULL, NULL, NULL);
    }
    return got == (size_t)-1 ? 1 : support_hash(room, wide, (size_t)(to - wide));
}

static uint64_t match(void)
{
    uint64_t sum = 0;
    regmatch_t found[1];
    if (calls++ % 4 == 0) {
        regfree(&pattern);
        compile();
    }
    for (int i = 0; i < MATCHES; i++) {
        if (regexec(&pattern, (const char *)text + text_at, 1, found, 0) != 0) {
            text_at = 0;
            return sum * 31;
        }
        sum = sum * 31 + (uint64_t)found[0].rm_so;
        text_at += (size_t)found[0].rm_eo;
    }
    return sum;
}

static uint64_t work(void)
{
    uint64_t hash = 0;
    switch (TRIAL_OPERATION) {
    case MALLOC: return allocate();
    case REALLOC: return grow();
    case QSORT: return sort();
    case PRINTF: return format();
    case SCANF: return scan();
    case STRTOD:
        for (size_t i = at; i < end; i++) hash = hash * 31 + bits(strtod(words[i], NULL));
        return hash;
    case STRTOL:
        for (size_t i = at; i < end; i++) hash = hash * 31 + (uint64_t)strtol(words[i], NULL, i % 3 ? 10 : 0);
        return hash;
    case MEMORY: return memory();
    case STRINGS: return strings();
    case LIBM: return mathematics();
    case SYSCALL:
        for (size_t i = at; i < end; i += 8) hash += getppid() != 0;
        return hash;
    case LOOKUP: return look_up();
    case ICONV: return convert();
    default: return match();
    }
}

uint64_t probe_run(void)
{
    end = at + (count < A_CALL ? count : A_CALL);
    uint64_t result = work();
    at = end % count;
    return result;
}

/* In the order of `bounds` of libm in trial.toml. */
void probe_values(unsigned function, const double *x, const double *y, double *results, size_t n)
{
    static double (*const one[])(double) = {sin, cos, tan, exp, log, cbrt, j0, erf};
    static double (*const two[])(double, double) = {pow, atan2, fmod};
    enum { ONES = sizeof one / sizeof *one };
    for (size_t i = 0; i < n; i++) results[i] = function < ONES ? one[function](x[i]) : two[function - ONES](x[i], y[i]);
}
