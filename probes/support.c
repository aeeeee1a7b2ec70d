/* Inputs and checksums for every kernel. Always built with the package's base flags, so that a flag under test cannot
 * change what a kernel is given or how its answer is folded. Integers only, for the same reason.
 *
 * The same seed gives the same bytes on every machine and compiler.
 */
#include "probe.h"

#include <string.h>

uint64_t support_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

/* Uniform in [0, n): multiply and take the high half, so no division decides the speed of set-up. */
static uint32_t below(uint64_t *state, uint32_t n)
{
    return (uint32_t)(((support_random(state) >> 32) * n) >> 32);
}

static uint64_t load64(const unsigned char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

uint64_t support_hash(uint64_t hash, const void *from, size_t n)
{
    const unsigned char *p = from;
    hash ^= (uint64_t)n * UINT64_C(0x9e3779b97f4a7c15);
    while (n >= 8) {
        hash = (hash ^ load64(p)) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 32;
        p += 8;
        n -= 8;
    }
    while (n != 0) {
        hash = (hash ^ *p) * UINT64_C(0x100000001b3);
        p++;
        n--;
    }
    return hash ^ (hash >> 29);
}

void support_noise(uint64_t seed, unsigned char *to, size_t n)
{
    size_t at = 0;
    while (at < n) {
        uint64_t word = support_random(&seed);
        size_t take = n - at < 8 ? n - at : 8;
        memcpy(to + at, &word, take);
        at += take;
    }
}

/* The commonest English words in their order of frequency; the tail of the vocabulary is spelled from letter
 * frequencies. Rank r is drawn in proportion to 1/(r + 2): Zipf's law with Mandelbrot's shift. */
static const char *const common_words[] = {
    "the",   "of",    "and",   "to",    "in",    "a",     "is",    "that",  "for",   "it",    "as",    "was",
    "with",  "be",    "by",    "on",    "not",   "he",    "this",  "are",   "or",    "his",   "from",  "at",
    "which", "but",   "have",  "an",    "had",   "they",  "you",   "were",  "their", "one",   "all",   "we",
    "can",   "her",   "has",   "there", "been",  "if",    "more",  "when",  "will",  "would", "who",   "so",
    "no",    "she",   "other", "its",   "may",   "these", "what",  "them",  "than",  "some",  "him",   "time",
    "into",  "only",  "could", "new",   "then",  "file",  "user",  "error", "value", "first", "under", "after",
};

enum { COMMON = sizeof common_words / sizeof common_words[0], VOCABULARY = 1600, LONGEST = 14 };

/* Letters by their share of English text, in per mille. */
static const unsigned char letters[] = "etaoinshrdlcumwfgypbvk";
static const unsigned short letter_share[] = {127, 218, 300, 375, 445, 512, 575, 636, 696, 739, 779,
                                              807, 835, 859, 883, 905, 925, 945, 964, 979, 989, 1000};

struct vocabulary {
    unsigned char word[VOCABULARY][LONGEST];
    unsigned char length[VOCABULARY];
    uint32_t share[VOCABULARY]; /* cumulative */
};

static void spell(uint64_t *state, unsigned char *to, unsigned length)
{
    for (unsigned i = 0; i < length; i++) {
        uint32_t draw = below(state, 1000);
        unsigned letter = 0;
        while (letter_share[letter] <= draw)
            letter++;
        to[i] = letters[letter];
    }
}

static void make_vocabulary(uint64_t *state, struct vocabulary *v)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < VOCABULARY; i++) {
        if (i < COMMON) {
            v->length[i] = (unsigned char)strlen(common_words[i]);
            memcpy(v->word[i], common_words[i], v->length[i]);
        } else {
            v->length[i] = (unsigned char)(3 + below(state, 5) + below(state, 6));
            spell(state, v->word[i], v->length[i]);
        }
        sum += (UINT32_C(1) << 22) / (i + 2);
        v->share[i] = sum;
    }
}

static unsigned draw_word(uint64_t *state, const struct vocabulary *v)
{
    uint32_t draw = below(state, v->share[VOCABULARY - 1]);
    unsigned low = 0, high = VOCABULARY - 1;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (v->share[middle] > draw)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Where bytes are written; what does not fit is cut. */
struct sink {
    unsigned char *to;
    size_t at, n;
};

static void put(struct sink *s, unsigned char byte)
{
    if (s->at < s->n)
        s->to[s->at++] = byte;
}

static void put_bytes(struct sink *s, const unsigned char *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put(s, from[i]);
}

static void put_string(struct sink *s, const char *from)
{
    put_bytes(s, (const unsigned char *)from, strlen(from));
}

static void put_number(struct sink *s, uint64_t value)
{
    unsigned char digits[20];
    unsigned n = sizeof digits;
    do {
        digits[--n] = (unsigned char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    put_bytes(s, digits + n, sizeof digits - n);
}

static struct vocabulary words;

void support_text(uint64_t seed, unsigned char *to, size_t n)
{
    struct sink s = {to, 0, n};
    unsigned column = 0, sentence = 0;
    int capital = 1;
    make_vocabulary(&seed, &words);
    while (s.at < n) {
        unsigned w = draw_word(&seed, &words);
        size_t start = s.at;
        if (below(&seed, 40) == 0)
            put_number(&s, below(&seed, 3000));
        else
            put_bytes(&s, words.word[w], words.length[w]);
        if (capital && start < s.at && s.to[start] >= 'a')
            s.to[start] = (unsigned char)(s.to[start] - 'a' + 'A');
        capital = 0;
        sentence++;
        if (sentence > 5 && below(&seed, 12) == 0) {
            put(&s, '.');
            sentence = 0;
            capital = 1;
        } else if (below(&seed, 11) == 0) {
            put(&s, ',');
        }
        column += (unsigned)(s.at - start) + 1;
        if (column > 74) {
            put(&s, '\n');
            column = 0;
        } else {
            put(&s, ' ');
        }
    }
}

void support_binary(uint64_t seed, unsigned char *to, size_t n)
{
    /* Bytes that open an x86-64 instruction, by how often they do so in an executable's .text. */
    static const unsigned char opcodes[] = {0x48, 0x48, 0x48, 0x48, 0x8b, 0x8b, 0x89, 0x89, 0x0f, 0xe8, 0x41,
                                            0x4c, 0x83, 0x85, 0x74, 0x75, 0xc3, 0xeb, 0x8d, 0x31, 0x66, 0xff};
    struct sink s = {to, 0, n};
    uint32_t address = 0x1000;
    while (s.at < n) {
        uint32_t kind = below(&seed, 100);
        if (kind < 55) { /* a run of instructions: opcode, small operands, now and then a displacement */
            for (unsigned i = 0, run = 8 + below(&seed, 40); i < run; i++) {
                put(&s, opcodes[below(&seed, sizeof opcodes)]);
                put(&s, (unsigned char)(0x40 + 8 * below(&seed, 8) + below(&seed, 4)));
                if (below(&seed, 3) == 0)
                    put(&s, (unsigned char)(8 * below(&seed, 16)));
                if (below(&seed, 9) == 0) {
                    uint32_t displacement = below(&seed, 1 << 14);
                    put(&s, (unsigned char)displacement);
                    put(&s, (unsigned char)(displacement >> 8));
                    put(&s, 0);
                    put(&s, 0);
                }
            }
        } else if (kind < 75) { /* an earlier piece again: inlined code, prologues */
            size_t reach = s.at < 16384 ? s.at : 16384;
            if (reach > 64) {
                size_t from = s.at - 32 - below(&seed, (uint32_t)reach - 32);
                for (unsigned i = 0, run = 6 + below(&seed, 60); i < run; i++)
                    put(&s, s.to[from + i]);
            }
        } else if (kind < 92) { /* a table of rising addresses */
            for (unsigned i = 0, run = 4 + below(&seed, 24); i < run; i++) {
                address += 16 * (1 + below(&seed, 12));
                for (unsigned shift = 0; shift < 64; shift += 8)
                    put(&s, shift < 32 ? (unsigned char)(address >> shift) : 0);
            }
        } else {
            for (unsigned i = 0, run = 8 + below(&seed, 120); i < run; i++)
                put(&s, 0);
        }
    }
}

void support_json(uint64_t seed, unsigned char *to, size_t n)
{
    static const char *const states[] = {"active", "idle", "failed", "pending", "deleted"};
    struct sink s = {to, 0, n};
    uint64_t id = 10000 + below(&seed, 50000), time = 1700000000;
    make_vocabulary(&seed, &words);
    put_string(&s, "[\n");
    while (s.at < n) {
        id += 1 + below(&seed, 9);
        time += below(&seed, 900);
        put_string(&s, "  {\"id\": ");
        put_number(&s, id);
        put_string(&s, ", \"name\": \"");
        for (unsigned i = 0, count = 1 + below(&seed, 3); i < count; i++) {
            unsigned w = draw_word(&seed, &words);
            if (i != 0)
                put(&s, ' ');
            put_bytes(&s, words.word[w], words.length[w]);
        }
        put_string(&s, "\", \"time\": ");
        put_number(&s, time);
        put_string(&s, ", \"state\": \"");
        put_string(&s, states[below(&seed, 5)]);
        put_string(&s, "\", \"load\": ");
        put_number(&s, below(&seed, 64));
        put(&s, '.');
        put_number(&s, 10 + below(&seed, 90));
        put_string(&s, ", \"tags\": [");
        for (unsigned i = 0, count = below(&seed, 4); i < count; i++) {
            unsigned w = draw_word(&seed, &words);
            put_string(&s, i != 0 ? ", \"" : "\"");
            put_bytes(&s, words.word[w], words.length[w]);
            put(&s, '"');
        }
        put_string(&s, below(&seed, 2) ? "], \"parent\": null},\n" : "], \"parent\": true},\n");
    }
}
