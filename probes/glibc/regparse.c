/* A pattern to nodes, by recursive descent; every piece ends in one dangling node that the next is hung on. */
#include "automaton.h"

#include <string.h>

struct piece {
    uint16_t first, last; /* last: a split whose `next` is open */
};

struct parse {
    struct hwk_regex *r;
    const char *at;
    int wrong;
};

static uint16_t node(struct parse *p, enum hwk_node_kind kind)
{
    if (p->r->nodes == NODES) {
        p->wrong = 1;
        return 0;
    }
    struct hwk_node *n = &p->r->node[p->r->nodes];
    memset(n, 0, sizeof *n);
    n->kind = kind;
    n->next = n->other = UINT16_MAX;
    return (uint16_t)p->r->nodes++;
}

static struct piece single(struct parse *p, uint16_t first)
{
    struct piece piece = {first, node(p, NODE_SPLIT)};
    p->r->node[first].next = piece.last;
    return piece;
}

static void include(uint64_t *set, unsigned low, unsigned high)
{
    for (; low <= high; low++)
        set[low >> 6] |= UINT64_C(1) << (low & 63);
}

static struct piece bracket(struct parse *p)
{
    uint16_t n = node(p, NODE_SET);
    if (p->r->sets == SETS) {
        p->wrong = 1;
        return single(p, n);
    }
    uint64_t *set = p->r->set[p->r->sets];
    p->r->node[n].set = (uint8_t)p->r->sets++;
    memset(set, 0, sizeof p->r->set[0]);
    int negative = *p->at == '^';
    p->at += negative;
    do {
        unsigned char low = (unsigned char)*p->at++, high = low;
        if (low == 0) {
            p->wrong = 1;
            p->at--;
            break;
        }
        if (p->at[0] == '-' && p->at[1] != ']' && p->at[1] != 0) {
            high = (unsigned char)p->at[1];
            p->at += 2;
        }
        include(set, low, high);
    } while (*p->at != ']');
    p->at += *p->at == ']';
    if (negative)
        for (int i = 0; i < 4; i++)
            set[i] = ~set[i];
    return single(p, n);
}

static struct piece alternatives(struct parse *p, unsigned depth);

static struct piece atom(struct parse *p, unsigned depth)
{
    char c = *p->at++;
    if (c == '(' && depth < 16) {
        struct piece inner = alternatives(p, depth + 1);
        if (*p->at == ')')
            p->at++;
        else
            p->wrong = 1;
        return inner;
    }
    if (c == '[')
        return bracket(p);
    if (c == '.') {
        uint16_t n = node(p, NODE_SET);
        if (p->r->sets == SETS) {
            p->wrong = 1;
            return single(p, n);
        }
        memset(p->r->set[p->r->sets], 0xff, sizeof p->r->set[0]);
        p->r->node[n].set = (uint8_t)p->r->sets++;
        return single(p, n);
    }
    uint16_t n = node(p, NODE_BYTE);
    p->r->node[n].byte = (unsigned char)c;
    return single(p, n);
}

static struct piece repeated(struct parse *p, unsigned depth)
{
    struct piece piece = atom(p, depth);
    while (*p->at == '*' || *p->at == '+' || *p->at == '?') {
        char c = *p->at++;
        uint16_t out = node(p, NODE_SPLIT), in = node(p, NODE_SPLIT);
        struct hwk_node *split = &p->r->node[in];
        split->next = piece.first;
        if (c != '+')
            split->other = out;
        p->r->node[piece.last].next = c == '?' ? out : in;
        if (c == '+')
            p->r->node[piece.last].other = out;
        piece.first = in;
        piece.last = out;
    }
    return piece;
}

static struct piece sequence(struct parse *p, unsigned depth)
{
    uint16_t empty = node(p, NODE_SPLIT);
    struct piece whole = {empty, empty};
    while (*p->at != 0 && *p->at != '|' && *p->at != ')' && !p->wrong) {
        struct piece next = repeated(p, depth);
        p->r->node[whole.last].next = next.first;
        whole.last = next.last;
    }
    return whole;
}

static struct piece alternatives(struct parse *p, unsigned depth)
{
    struct piece whole = sequence(p, depth);
    while (*p->at == '|' && !p->wrong) {
        p->at++;
        struct piece other = sequence(p, depth);
        uint16_t in = node(p, NODE_SPLIT), out = node(p, NODE_SPLIT);
        p->r->node[in].next = whole.first;
        p->r->node[in].other = other.first;
        p->r->node[whole.last].next = out;
        p->r->node[other.last].next = out;
        whole.first = in;
        whole.last = out;
    }
    return whole;
}

int hwk_compile(struct hwk_regex *r, const char *pattern)
{
    struct parse p = {r, pattern, 0};
    r->nodes = 0;
    r->sets = 0;
    struct piece whole = alternatives(&p, 0);
    uint16_t accept = node(&p, NODE_ACCEPT);
    if (p.wrong || *p.at != 0)
        return -1;
    r->node[whole.last].next = accept;
    r->start = whole.first;
    r->states_used = 0;
    r->generation = 0;
    r->initial = NULL;
    r->first_known = 0;
    memset(r->bucket, 0, sizeof r->bucket);
    memset(r->mark, 0, sizeof r->mark);
    return 0;
}
