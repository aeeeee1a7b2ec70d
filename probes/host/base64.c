/* hwtune:
title = "Base64 and hexadecimal"
domain = "strings"
linkage = "program"
code = ["loop"]
stands_for = "base64 by tables with lines, hexadecimal digests, both decoded again"
source = "RFC 4648; shaped like gnulib's base64.c and OpenSSL's crypto/evp/encode.c"
datasets = ["text", "binary", "noise"]
units = ["base64_code.c"]
headers = ["base64.h", "program.h"]
*/
#include "base64.h"

enum { SIZE = 72 * 1024, PART = 18 * 1024, LINE = 57 };

static unsigned dataset, part;
static unsigned char *in, *back;
static char *out;

int probe_dataset(unsigned i)
{
    if (i > 2)
        return 1;
    dataset = i;
    return 0;
}

void probe_setup(uint64_t seed)
{
    static void (*const fill[])(uint64_t, unsigned char *, size_t) = {support_text, support_binary, support_noise};
    in = malloc(SIZE);
    back = malloc(PART);
    out = malloc(2 * PART + 64);
    if (in == NULL || back == NULL || out == NULL)
        abort();
    fill[dataset](seed, in, SIZE);
}

uint64_t probe_run(void)
{
    const unsigned char *from = in + part * PART;
    part = (part + 1) % (SIZE / PART);
    uint64_t sum = 0;
    for (size_t at = 0; at < PART;) { /* lines of 76 characters, as in mail */
        size_t take = PART - at < LINE ? PART - at : LINE;
        size_t length = hwk_base64_encode(from + at, take, out);
        sum = support_hash(sum, out, length);
        sum += hwk_base64_decode(out, length, back + at);
        at += take;
    }
    sum = support_hash(sum, back, PART);
    for (size_t at = 0; at < PART; at += 32) { /* a digest each */
        size_t length = hwk_hex_encode(from + at, 32, out);
        sum = support_hash(sum, out, length);
        sum += hwk_hex_decode(out, length, back + at);
    }
    return support_hash(sum, back, PART);
}
