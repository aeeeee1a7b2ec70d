/* Match search with hash chains, greedy and lazy. Sizes, masks and shifts are fields, as in a stream: unknown when compiled.
 * The window is filled in a unit of its own, since sliding it is a kernel of its own. */
#include "lz.h"

#include <stddef.h>
#include <string.h>

/* Codes of a length less three, and of a distance less one: 256 direct entries, then one for each 128. */
static uint8_t length_table[256], distance_table[512];

HWK_MACRO void update_hash(struct hwk_lz *s, uint8_t byte)
{
    s->hash = ((s->hash << s->hash_shift) ^ byte) & s->hash_mask;
}

/* Enters the string at `position` into its chain and returns the chain's former head. */
HWK_MACRO uint32_t insert(struct hwk_lz *s, uint32_t position)
{
    update_hash(s, s->window[position + MIN_MATCH - 1]);
    uint16_t former = s->head[s->hash];
    s->prev[position & s->window_mask] = former;
    s->head[s->hash] = (uint16_t)position;
    return former;
}

HWK_MACRO uint32_t max_distance(const struct hwk_lz *s)
{
    return s->window_size - MIN_LOOKAHEAD;
}

static uint32_t longest_match(struct hwk_lz *s, uint32_t candidate)
{
    uint32_t chain = s->max_chain;
    const uint8_t *scan = s->window + s->start;
    uint32_t best = s->previous_length;
    uint32_t nice = s->nice_length;
    uint32_t limit = s->start > max_distance(s) ? s->start - max_distance(s) : 0;
    const uint16_t *prev = s->prev;
    uint32_t mask = s->window_mask;
    const uint8_t *end = scan + MAX_MATCH;
    uint8_t scan_end1 = scan[best - 1], scan_end = scan[best];

    if (s->previous_length >= s->good_length)
        chain >>= 2;
    if (nice > s->lookahead)
        nice = s->lookahead;
    do {
        const uint8_t *match = s->window + candidate;
        if (match[best] != scan_end || match[best - 1] != scan_end1 || match[0] != scan[0] || match[1] != scan[1])
            continue;
        const uint8_t *at = scan + 2;
        match += 2;
        do {
        } while (*++at == *++match && *++at == *++match && *++at == *++match && *++at == *++match &&
                 *++at == *++match && *++at == *++match && *++at == *++match && *++at == *++match && at < end);
        uint32_t length = (uint32_t)(at - scan);
        if (length > best) {
            s->match_start = candidate;
            best = length;
            if (length >= nice)
                break;
            scan_end1 = scan[best - 1];
            scan_end = scan[best];
        }
    } while ((candidate = prev[candidate & mask]) > limit && --chain != 0);
    return best <= s->lookahead ? best : s->lookahead;
}

HWK_MACRO unsigned distance_code(uint32_t distance)
{
    return distance < 256 ? distance_table[distance] : distance_table[256 + (distance >> 7)];
}

HWK_MACRO int tally_literal(struct hwk_lz *s, uint8_t byte)
{
    s->symbols[s->symbols_used++] = 0;
    s->symbols[s->symbols_used++] = 0;
    s->symbols[s->symbols_used++] = byte;
    s->literal_frequency[byte]++;
    return s->symbols_used == s->symbols_end;
}

HWK_MACRO int tally_match(struct hwk_lz *s, uint32_t distance, uint32_t length)
{
    s->symbols[s->symbols_used++] = (uint8_t)distance;
    s->symbols[s->symbols_used++] = (uint8_t)(distance >> 8);
    s->symbols[s->symbols_used++] = (uint8_t)length;
    s->literal_frequency[257 + length_table[length]]++;
    s->distance_frequency[distance_code(distance - 1)]++;
    return s->symbols_used == s->symbols_end;
}

static void fill_tables(void)
{
    unsigned code, length = 0, distance = 0;
    for (code = 0; code < 28; code++) {
        unsigned extra = code < 8 ? 0 : code / 4 - 1;
        for (unsigned n = 0; n < 1u << extra; n++)
            length_table[length++] = (uint8_t)code;
    }
    length_table[MAX_MATCH - MIN_MATCH] = 28; /* the longest has a code of its own */
    for (code = 0; code < 16; code++) {
        unsigned extra = code < 2 ? 0 : code / 2 - 1;
        for (unsigned n = 0; n < 1u << extra; n++)
            distance_table[distance++] = (uint8_t)code;
    }
    distance >>= 7;
    for (; code < DISTANCES; code++) {
        unsigned extra = code / 2 - 1;
        for (unsigned n = 0; n < 1u << (extra - 7); n++)
            distance_table[256 + distance++] = (uint8_t)code;
    }
}

void hwk_lz_reset(struct hwk_lz *s)
{
    if (distance_table[2] == 0)
        fill_tables();
    memset(s->head, 0, HASH_SIZE * sizeof *s->head);
    memset(s->literal_frequency, 0, sizeof s->literal_frequency);
    memset(s->distance_frequency, 0, sizeof s->distance_frequency);
    s->avail_in = 0;
    s->hash = 0;
    s->start = s->lookahead = s->match_start = 0;
    s->match_length = s->previous_length = MIN_MATCH - 1;
    s->previous_match = 0;
    s->match_available = 0;
    s->symbols_used = 0;
    s->sum = 0;
}

void hwk_deflate_fast(struct hwk_lz *s, int finish)
{
    for (;;) {
        int full;
        uint32_t head = 0;
        if (s->lookahead < MIN_LOOKAHEAD) {
            hwk_fill_window(s);
            if (s->lookahead < MIN_LOOKAHEAD && !finish)
                return;
            if (s->lookahead == 0)
                break;
        }
        if (s->lookahead >= MIN_MATCH)
            head = insert(s, s->start);
        if (head != 0 && s->start - head <= max_distance(s))
            s->match_length = longest_match(s, head);
        if (s->match_length >= MIN_MATCH) {
            full = tally_match(s, s->start - s->match_start, s->match_length - MIN_MATCH);
            s->lookahead -= s->match_length;
            if (s->match_length <= s->max_lazy && s->lookahead >= MIN_MATCH) {
                s->match_length--;
                do {
                    s->start++;
                    insert(s, s->start);
                } while (--s->match_length != 0);
                s->start++;
            } else {
                s->start += s->match_length;
                s->match_length = 0;
                s->hash = s->window[s->start];
                update_hash(s, s->window[s->start + 1]);
            }
        } else {
            full = tally_literal(s, s->window[s->start]);
            s->lookahead--;
            s->start++;
        }
        if (full)
            hwk_flush_block(s);
    }
    hwk_flush_block(s);
}

void hwk_deflate_slow(struct hwk_lz *s, int finish)
{
    for (;;) {
        uint32_t head = 0;
        if (s->lookahead < MIN_LOOKAHEAD) {
            hwk_fill_window(s);
            if (s->lookahead < MIN_LOOKAHEAD && !finish)
                return;
            if (s->lookahead == 0)
                break;
        }
        if (s->lookahead >= MIN_MATCH)
            head = insert(s, s->start);
        s->previous_length = s->match_length;
        s->previous_match = s->match_start;
        s->match_length = MIN_MATCH - 1;
        if (head != 0 && s->previous_length < s->max_lazy && s->start - head <= max_distance(s)) {
            s->match_length = longest_match(s, head);
            /* A match of three that lies far away costs more bits than three literals. */
            if (s->match_length == MIN_MATCH && s->start - s->match_start > TOO_FAR)
                s->match_length = MIN_MATCH - 1;
        }
        if (s->previous_length >= MIN_MATCH && s->match_length <= s->previous_length) {
            uint32_t last = s->start + s->lookahead - MIN_MATCH;
            int full = tally_match(s, s->start - 1 - s->previous_match, s->previous_length - MIN_MATCH);
            s->lookahead -= s->previous_length - 1;
            s->previous_length -= 2;
            do {
                if (++s->start <= last)
                    insert(s, s->start);
            } while (--s->previous_length != 0);
            s->match_available = 0;
            s->match_length = MIN_MATCH - 1;
            s->start++;
            if (full)
                hwk_flush_block(s);
        } else if (s->match_available) {
            if (tally_literal(s, s->window[s->start - 1]))
                hwk_flush_block(s);
            s->start++;
            s->lookahead--;
        } else {
            s->match_available = 1;
            s->start++;
            s->lookahead--;
        }
    }
    if (s->match_available)
        tally_literal(s, s->window[s->start - 1]);
    hwk_flush_block(s);
}
