/* Full nodes are split on the way down. */
#include "tree.h"

#include <string.h>

static struct hwk_node *fresh(struct hwk_tree *tree, unsigned leaf)
{
    if (tree->used == tree->room)
        return NULL;
    struct hwk_node *node = &tree->pool[tree->used++];
    node->leaf = leaf;
    return node;
}

/* Splits the full child `at` of a node that has room. */
static int split(struct hwk_tree *tree, struct hwk_node *node, unsigned at)
{
    struct hwk_node *left = node->child[at], *right = fresh(tree, left->leaf);
    if (right == NULL)
        return 0;
    unsigned half = HWK_TREE_ORDER / 2, rest = HWK_TREE_ORDER - half - 1;
    memcpy(right->key, left->key + half + 1, rest * sizeof *left->key);
    memcpy(right->value, left->value + half + 1, rest * sizeof *left->value);
    memcpy(right->child, left->child + half + 1, (rest + 1) * sizeof *left->child);
    right->count = rest;
    left->count = half;
    memmove(node->key + at + 1, node->key + at, (node->count - at) * sizeof *node->key);
    memmove(node->value + at + 1, node->value + at, (node->count - at) * sizeof *node->value);
    memmove(node->child + at + 2, node->child + at + 1, (node->count - at) * sizeof *node->child);
    node->key[at] = left->key[half];
    node->value[at] = left->value[half];
    node->child[at + 1] = right;
    node->count++;
    return 1;
}

int hwk_tree_insert(struct hwk_tree *tree, struct hwk_key key, uint64_t value)
{
    if (tree->root == NULL && (tree->root = fresh(tree, 1)) == NULL)
        return 0;
    if (tree->root->count == HWK_TREE_ORDER) {
        struct hwk_node *root = fresh(tree, 0);
        if (root == NULL)
            return 0;
        root->child[0] = tree->root;
        tree->root = root;
        if (!split(tree, root, 0))
            return 0;
    }
    struct hwk_node *node = tree->root;
    for (;;) {
        unsigned at = 0;
        int order = 1;
        while (at < node->count && (order = hwk_key_order(node->key[at], key)) < 0)
            at++;
        if (at < node->count && order == 0) {
            node->value[at] = value;
            return 1;
        }
        if (node->leaf) {
            memmove(node->key + at + 1, node->key + at, (node->count - at) * sizeof *node->key);
            memmove(node->value + at + 1, node->value + at, (node->count - at) * sizeof *node->value);
            node->key[at] = key;
            node->value[at] = value;
            node->count++;
            return 1;
        }
        if (node->child[at]->count == HWK_TREE_ORDER) {
            if (!split(tree, node, at))
                return 0;
            continue;
        }
        node = node->child[at];
    }
}
