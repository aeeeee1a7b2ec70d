/* Down from the root, by binary search in each node. */
#include "tree.h"

#include <string.h>

int hwk_key_order(struct hwk_key a, struct hwk_key b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = memcmp(a.bytes, b.bytes, shorter);
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

uint64_t hwk_tree_find(const struct hwk_tree *tree, struct hwk_key key)
{
    uint64_t next = 0;
    for (const struct hwk_node *node = tree->root; node != NULL;) {
        unsigned low = 0, high = node->count;
        while (low < high) {
            unsigned middle = (low + high) / 2;
            int order = hwk_key_order(node->key[middle], key);
            if (order == 0)
                return node->value[middle];
            if (order < 0)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < node->count)
            next = node->value[low];
        node = node->leaf ? NULL : node->child[low];
    }
    return next;
}
