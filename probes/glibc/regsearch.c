/* Matching: one table look-up a byte while states are known, set operations where one is met for the first time. */
#include "automaton.h"

#include <string.h>

/* Adds a node and what it reaches without a byte to a set that is kept sorted. */
static void add(struct hwk_regex *r, uint16_t *nodes, unsigned *count, unsigned *accepting, uint16_t start)
{
    uint16_t stack[2 * NODES];
    unsigned depth = 0;
    stack[depth++] = start;
    while (depth != 0) {
        uint16_t n = stack[--depth];
        if (n == UINT16_MAX || r->mark[n] == r->generation)
            continue;
        r->mark[n] = r->generation;
        const struct hwk_node *node = &r->node[n];
        if (node->kind == NODE_SPLIT) {
            stack[depth++] = node->next;
            stack[depth++] = node->other;
            continue;
        }
        *accepting |= node->kind == NODE_ACCEPT;
        unsigned at = (*count)++;
        while (at > 0 && nodes[at - 1] > n) {
            nodes[at] = nodes[at - 1];
            at--;
        }
        nodes[at] = n;
    }
}

static void next_generation(struct hwk_regex *r)
{
    if (++r->generation == 0) {
        memset(r->mark, 0, sizeof r->mark);
        r->generation = 1;
    }
}

static struct hwk_state *intern(struct hwk_regex *r, const uint16_t *nodes, unsigned count, unsigned accepting)
{
    uint32_t hash = count;
    for (unsigned i = 0; i < count; i++)
        hash = hash * 31 + nodes[i];
    struct hwk_state **bucket = &r->bucket[hash % STATE_BUCKETS];
    for (struct hwk_state *s = *bucket; s != NULL; s = s->same_hash)
        if (s->hash == hash && s->count == count && memcmp(s->nodes, nodes, count * sizeof *nodes) == 0)
            return s;
    if (r->states_used == STATES) { /* forget all, as a bounded cache does */
        r->states_used = 0;
        memset(r->bucket, 0, sizeof r->bucket);
        r->initial = NULL;
        bucket = &r->bucket[hash % STATE_BUCKETS];
    }
    struct hwk_state *s = &r->states[r->states_used++];
    s->count = (uint16_t)count;
    s->accepting = (uint8_t)accepting;
    s->hash = hash;
    s->same_hash = *bucket;
    memset(s->after, 0, sizeof s->after);
    memcpy(s->nodes, nodes, count * sizeof *nodes);
    *bucket = s;
    return s;
}

static struct hwk_state *initial(struct hwk_regex *r)
{
    uint16_t nodes[NODES];
    unsigned count = 0, accepting = 0;
    next_generation(r);
    add(r, nodes, &count, &accepting, r->start);
    r->initial = intern(r, nodes, count, accepting);
    return r->initial;
}

static int takes(const struct hwk_regex *r, const struct hwk_node *node, unsigned char byte)
{
    if (node->kind == NODE_BYTE)
        return node->byte == byte;
    return node->kind == NODE_SET && (r->set[node->set][byte >> 6] >> (byte & 63) & 1);
}

static struct hwk_state *step(struct hwk_regex *r, struct hwk_state *state, unsigned char byte)
{
    uint16_t nodes[NODES];
    unsigned count = 0, accepting = 0, before = r->states_used;
    next_generation(r);
    for (unsigned i = 0; i < state->count; i++) {
        const struct hwk_node *node = &r->node[state->nodes[i]];
        if (takes(r, node, byte))
            add(r, nodes, &count, &accepting, node->next);
    }
    struct hwk_state *after = intern(r, nodes, count, accepting);
    if (r->states_used >= before) /* else the cache was emptied and `state` is no more */
        state->after[byte] = after;
    return after;
}

/* As build_fastmap: the bytes with which a match may begin. */
static void find_first(struct hwk_regex *r)
{
    const struct hwk_state *first = initial(r);
    for (unsigned byte = 0; byte < 256; byte++) {
        int begins = first->accepting;
        for (unsigned i = 0; i < first->count && !begins; i++)
            begins = takes(r, &r->node[first->nodes[i]], (unsigned char)byte);
        r->first[byte] = (unsigned char)begins;
    }
    r->first_known = 1;
}

/* As check_matching: the place in the text is kept in memory, where the functions that extend the text would find it. */
static long match(struct hwk_regex *r, struct hwk_string *in)
{
    struct hwk_state *state = r->initial != NULL ? r->initial : initial(r);
    long last = state->accepting ? in->at : -1;
    while (in->at < in->stop) {
        struct hwk_state *after = state->after[in->bytes[in->at]];
        if (after == NULL)
            after = step(r, state, in->bytes[in->at]);
        in->at++;
        if (after->count == 0)
            break;
        if (after->accepting)
            last = in->at;
        state = after;
    }
    return last;
}

long hwk_search(struct hwk_regex *r, const unsigned char *text, const unsigned char *end, const unsigned char **at)
{
    struct hwk_string in = {text, 0, end - text};
    if (!r->first_known)
        find_first(r);
    for (long start = 0; start < in.stop; start++) {
        while (start < in.stop && !r->first[text[start]])
            start++;
        if (start == in.stop)
            break;
        in.at = start;
        long last = match(r, &in);
        if (last > start) {
            *at = text + start;
            return last - start;
        }
    }
    return -1;
}
