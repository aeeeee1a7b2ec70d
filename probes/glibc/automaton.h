/* Regular expressions: compiled to positions, matched by states that are made when first met. */
#ifndef HWK_AUTOMATON_H
#define HWK_AUTOMATON_H

#include <stddef.h>
#include <stdint.h>

enum { NODES = 128, STATES = 96, SETS = 16, STATE_BUCKETS = 64 };

enum hwk_node_kind { NODE_BYTE, NODE_SET, NODE_SPLIT, NODE_ACCEPT };

struct hwk_node {
    enum hwk_node_kind kind;
    unsigned char byte;
    uint8_t set;
    uint16_t next, other;
};

/* A set of nodes, sorted by number, and the state after each byte once it is known. */
struct hwk_state {
    uint16_t count;
    uint8_t accepting;
    uint32_t hash;
    struct hwk_state *same_hash;
    struct hwk_state *after[256];
    uint16_t nodes[NODES];
};

struct hwk_regex {
    struct hwk_node node[NODES];
    unsigned nodes;
    uint64_t set[SETS][4];
    unsigned sets;
    uint16_t start;

    struct hwk_state *states; /* STATES of them */
    unsigned states_used;
    struct hwk_state *bucket[STATE_BUCKETS];
    struct hwk_state *initial;
    uint16_t mark[NODES], generation;
    unsigned char first[256]; /* the bytes that a match may begin with, once known */
    int first_known;
};

/* A text and a place in it. */
struct hwk_string {
    const unsigned char *bytes;
    long at, stop;
};

/* Literals, . [set] [^set] * + ? | and ( ). Returns 0, or -1 if the pattern is wrong or too large. */
__attribute__((visibility("default"))) int hwk_compile(struct hwk_regex *r, const char *pattern);

/* Length of the longest match that begins in [text, end), the earliest first; -1 for none. `at` gets its start. */
__attribute__((visibility("default"))) long hwk_search(struct hwk_regex *r, const unsigned char *text,
                                                      const unsigned char *end, const unsigned char **at);

#endif
