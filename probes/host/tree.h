/* A B-tree of strings of bytes in memory. */
#ifndef HWK_TREE_H
#define HWK_TREE_H

#include <stddef.h>
#include <stdint.h>

enum { HWK_TREE_ORDER = 16 };

struct hwk_key {
    const unsigned char *bytes;
    size_t length;
};

struct hwk_node {
    unsigned count, leaf;
    struct hwk_key key[HWK_TREE_ORDER];
    uint64_t value[HWK_TREE_ORDER];
    struct hwk_node *child[HWK_TREE_ORDER + 1];
};

struct hwk_tree {
    struct hwk_node *root, *pool;
    size_t used, room;
};

int hwk_tree_insert(struct hwk_tree *tree, struct hwk_key key, uint64_t value);
/* The value of a key, or of the next one above it; 0 where there is none. */
uint64_t hwk_tree_find(const struct hwk_tree *tree, struct hwk_key key);
/* Orders two keys by their bytes. */
int hwk_key_order(struct hwk_key a, struct hwk_key b);

#endif
