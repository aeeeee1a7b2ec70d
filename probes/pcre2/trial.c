/* Drives the real PCRE2 through its 8-bit interface; the macro TRIAL_OPERATION is the operation's place in trial.toml. The
 * same file is linked with a library built from source (tune --source) and bound to a built one (compare).
 *
 * A call looks for the next few matches in a text and goes on behind them in the next call; at the end of the text the next of
 * the patterns begins. A call that compiles takes the next pattern.
 */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>
#include <string.h>

enum { MATCH, MATCH_UTF, COMPILE };

/* The tables for the C locale are generated, or copied as here, when the library is built. One copy is enough. */
#if TRIAL_OPERATION == 0 && __has_include("pcre2_chartables.c.dist")
#include "pcre2_chartables.c.dist"
#else
struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_code_8 *pcre2_compile_8(const unsigned char *pattern, size_t length, uint32_t options, int *error,
                                          size_t *offset, void *context);
struct pcre2_real_match_data_8 *pcre2_match_data_create_8(uint32_t pairs, void *context);
int pcre2_match_8(const struct pcre2_real_code_8 *code, const unsigned char *subject, size_t length, size_t from,
                  uint32_t options, struct pcre2_real_match_data_8 *data, void *context);
size_t *pcre2_get_ovector_pointer_8(struct pcre2_real_match_data_8 *data);
void pcre2_code_free_8(struct pcre2_real_code_8 *code);
#endif

enum { SIZE = 64 * 1024, PATTERNS = 6, MATCHES = 8, WINDOW = 2048, UTF = 0x00080000 };

/* Shapes that programs use: words, alternatives, classes with a repeat, a back reference, lazy repeats, a look-behind. */
static const char *const patterns[PATTERNS] = {
    "\\b[a-z]+ing\\b",
    "(?i)the|and|of|[0-9]{2,4}",
    "\"[^\"\\\\]*(?:\\\\.[^\"\\\\]*)*\"\\s*:",
    "([a-z])\\1",
    "[A-Z].{3,40}?[.,]",
    "(?<=[ \\n])[^ \\n]{7,}",
};

static unsigned dataset, at;
static size_t from;
static unsigned char *text;
static struct pcre2_real_code_8 *codes[PATTERNS];
static struct pcre2_real_match_data_8 *data;

int probe_dataset(unsigned i)
{
    dataset = i;
    return i < DATASETS ? 0 : 1;
}

static struct pcre2_real_code_8 *compile(unsigned n)
{
    int error;
    size_t offset;
    uint32_t options = TRIAL_OPERATION == MATCH_UTF ? UTF : 0;
    return pcre2_compile_8((const unsigned char *)patterns[n], strlen(patterns[n]), options, &error, &offset, NULL);
}

void probe_setup(uint64_t seed)
{
    text = malloc(SIZE);
    data = pcre2_match_data_create_8(8, NULL);
    if (!text || !data) abort();
    trial_data(dataset, seed, text, SIZE);
    /* Text that is checked to be UTF-8 must be. */
    if (TRIAL_OPERATION == MATCH_UTF)
        for (size_t i = 0; i < SIZE; i++) text[i] &= 127;
    for (unsigned n = 0; n < PATTERNS; n++)
        if (!(codes[n] = compile(n))) abort();
}

static uint64_t next_matches(void)
{
    uint64_t sum = at;
    const size_t *found = pcre2_get_ovector_pointer_8(data);
    size_t end = from + WINDOW < SIZE ? from + WINDOW : SIZE;
    for (unsigned n = 0; n < MATCHES; n++) {
        int result = pcre2_match_8(codes[at], text, end, from, 0, data, NULL);
        if (result <= 0) {
            from = end;
            sum = sum * 31 + (uint64_t)(unsigned)result;
            break;
        }
        sum = sum * 31 + found[0] * 7 + found[1];
        from = found[1] > from ? found[1] : from + 1;
    }
    if (from >= SIZE) {
        from = 0;
        at = (at + 1) % PATTERNS;
    }
    return sum;
}

uint64_t probe_run(void)
{
    if (TRIAL_OPERATION != COMPILE) return next_matches();
    struct pcre2_real_code_8 *code = compile(at);
    if (!code) return 1;
    int result = pcre2_match_8(code, text, WINDOW, 0, 0, data, NULL);
    uint64_t sum = (uint64_t)(unsigned)result * 31 + (result > 0 ? pcre2_get_ovector_pointer_8(data)[0] : 0);
    pcre2_code_free_8(code);
    at = (at + 1) % PATTERNS;
    return sum;
}
