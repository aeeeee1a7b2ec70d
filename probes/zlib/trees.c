/* Huffman trees of a block's symbols, and the bits they become. */
#include "trees.h"

#include <string.h>

enum { REPEAT_3_6 = 16, REPEAT_ZERO_3_10 = 17, REPEAT_ZERO_11_138 = 18, SMALLEST = 1 };

static const uint8_t length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint8_t length_order[TREE_LENGTHS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
static uint8_t length_code[256], distance_code[512], length_base[29];
static uint16_t distance_base[TREE_DISTANCES];

static const uint8_t distance_extra[TREE_DISTANCES] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                                       6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};

static void fill_tables(void)
{
    unsigned code, length = 0, distance = 0;
    for (code = 0; code < 28; code++) {
        length_base[code] = (uint8_t)length;
        for (unsigned n = 0; n < 1u << length_extra[code]; n++)
            length_code[length++] = (uint8_t)code;
    }
    length_code[255] = 28;
    length_base[28] = 255;
    for (code = 0; code < TREE_DISTANCES; code++) {
        distance_base[code] = (uint16_t)distance;
        for (unsigned n = 0; n < 1u << distance_extra[code]; n++, distance++)
            distance_code[distance < 256 ? distance : 256 + (distance >> 7)] = (uint8_t)code;
    }
}

void hwk_trees_reset(struct hwk_trees *t, uint8_t *out)
{
    if (length_code[255] == 0)
        fill_tables();
    t->out = out;
    t->used = 0;
    t->bit_buffer = 0;
    t->bits = 0;
}

HWK_MACRO void put_short(struct hwk_trees *t, uint16_t value)
{
    t->out[t->used++] = (uint8_t)value;
    t->out[t->used++] = (uint8_t)(value >> 8);
}

HWK_MACRO void send_bits(struct hwk_trees *t, unsigned value, int length)
{
    if (t->bits > 16 - length) {
        t->bit_buffer |= (uint16_t)(value << t->bits);
        put_short(t, t->bit_buffer);
        t->bit_buffer = (uint16_t)(value >> (16 - t->bits));
        t->bits += length - 16;
    } else {
        t->bit_buffer |= (uint16_t)(value << t->bits);
        t->bits += length;
    }
}

HWK_MACRO void send_code(struct hwk_trees *t, unsigned symbol, const struct hwk_node *tree)
{
    send_bits(t, tree[symbol].a.code, tree[symbol].b.length);
}

HWK_MACRO int smaller(const struct hwk_node *tree, int n, int m, const uint8_t *depth)
{
    return tree[n].a.frequency < tree[m].a.frequency ||
           (tree[n].a.frequency == tree[m].a.frequency && depth[n] <= depth[m]);
}

static void sift_down(struct hwk_trees *t, const struct hwk_node *tree, int k)
{
    int v = t->heap[k];
    int j = k << 1;
    while (j <= t->heap_length) {
        if (j < t->heap_length && smaller(tree, t->heap[j + 1], t->heap[j], t->depth))
            j++;
        if (smaller(tree, v, t->heap[j], t->depth))
            break;
        t->heap[k] = t->heap[j];
        k = j;
        j <<= 1;
    }
    t->heap[k] = v;
}

static void lengths_from_parents(struct hwk_trees *t, struct hwk_node *tree, int most_used, int limit)
{
    int h, overflow = 0;
    memset(t->length_count, 0, sizeof t->length_count);
    tree[t->heap[t->heap_max]].b.length = 0;
    for (h = t->heap_max + 1; h < TREE_HEAP; h++) {
        int n = t->heap[h];
        int bits = tree[tree[n].b.parent].b.length + 1;
        if (bits > limit) {
            bits = limit;
            overflow++;
        }
        tree[n].b.length = (uint16_t)bits;
        if (n <= most_used)
            t->length_count[bits]++;
    }
    if (overflow == 0)
        return;
    do {
        int bits = limit - 1;
        while (t->length_count[bits] == 0)
            bits--;
        t->length_count[bits]--;
        t->length_count[bits + 1] += 2;
        t->length_count[limit]--;
        overflow -= 2;
    } while (overflow > 0);
    for (int bits = limit; bits != 0; bits--) {
        int n = t->length_count[bits];
        while (n != 0) {
            int m = t->heap[--h];
            if (m > most_used)
                continue;
            tree[m].b.length = (uint16_t)bits;
            n--;
        }
    }
}

static unsigned reverse(unsigned code, int length)
{
    unsigned reversed = 0;
    do {
        reversed |= code & 1;
        code >>= 1;
        reversed <<= 1;
    } while (--length > 0);
    return reversed >> 1;
}

static void codes_from_lengths(struct hwk_node *tree, int most_used, const uint16_t *length_count)
{
    uint16_t next[MAX_BITS + 1];
    unsigned code = 0;
    for (int bits = 1; bits <= MAX_BITS; bits++) {
        code = (code + (bits > 1 ? length_count[bits - 1] : 0)) << 1;
        next[bits] = (uint16_t)code;
    }
    for (int n = 0; n <= most_used; n++) {
        int length = tree[n].b.length;
        if (length != 0)
            tree[n].a.code = (uint16_t)reverse(next[length]++, length);
    }
}

/* Builds a tree over `elements` symbols and returns the largest one used. */
static int build_tree(struct hwk_trees *t, struct hwk_node *tree, int elements, int limit)
{
    int most_used = -1, node = elements;
    t->heap_length = 0;
    t->heap_max = TREE_HEAP;
    for (int n = 0; n < elements; n++) {
        if (tree[n].a.frequency != 0) {
            t->heap[++t->heap_length] = most_used = n;
            t->depth[n] = 0;
        } else {
            tree[n].b.length = 0;
        }
    }
    /* The format wants two codes or more. */
    while (t->heap_length < 2) {
        int n = t->heap[++t->heap_length] = most_used < 2 ? ++most_used : 0;
        tree[n].a.frequency = 1;
        t->depth[n] = 0;
    }
    for (int n = t->heap_length / 2; n >= 1; n--)
        sift_down(t, tree, n);
    do {
        int n = t->heap[SMALLEST];
        t->heap[SMALLEST] = t->heap[t->heap_length--];
        sift_down(t, tree, SMALLEST);
        int m = t->heap[SMALLEST];
        t->heap[--t->heap_max] = n;
        t->heap[--t->heap_max] = m;
        tree[node].a.frequency = (uint16_t)(tree[n].a.frequency + tree[m].a.frequency);
        t->depth[node] = (uint8_t)((t->depth[n] >= t->depth[m] ? t->depth[n] : t->depth[m]) + 1);
        tree[n].b.parent = tree[m].b.parent = (uint16_t)node;
        t->heap[SMALLEST] = node++;
        sift_down(t, tree, SMALLEST);
    } while (t->heap_length >= 2);
    t->heap[--t->heap_max] = t->heap[SMALLEST];
    lengths_from_parents(t, tree, most_used, limit);
    codes_from_lengths(tree, most_used, t->length_count);
    return most_used;
}

/* Walks the lengths of a tree as runs; counts the run codes, or sends them. */
static void lengths(struct hwk_trees *t, struct hwk_node *tree, int most_used, int send)
{
    int previous = -1, next = tree[0].b.length, count = 0;
    int longest = next == 0 ? 138 : 7, shortest = next == 0 ? 3 : 4;
    for (int n = 0; n <= most_used; n++) {
        int current = next;
        next = n < most_used ? tree[n + 1].b.length : 0xffff;
        if (++count < longest && current == next)
            continue;
        if (count < shortest) {
            do {
                if (send)
                    send_code(t, (unsigned)current, t->length_tree);
                else
                    t->length_tree[current].a.frequency++;
            } while (--count != 0);
        } else {
            unsigned code;
            int extra, base;
            if (current != 0) {
                if (current != previous) {
                    if (send)
                        send_code(t, (unsigned)current, t->length_tree);
                    else
                        t->length_tree[current].a.frequency++;
                    count--;
                }
                code = REPEAT_3_6, extra = 2, base = 3;
            } else if (count <= 10) {
                code = REPEAT_ZERO_3_10, extra = 3, base = 3;
            } else {
                code = REPEAT_ZERO_11_138, extra = 7, base = 11;
            }
            if (send) {
                send_code(t, code, t->length_tree);
                send_bits(t, (unsigned)(count - base), extra);
            } else {
                t->length_tree[code].a.frequency++;
            }
        }
        count = 0;
        previous = current;
        longest = next == 0 ? 138 : current == next ? 6 : 7;
        shortest = next == 0 || current == next ? 3 : 4;
    }
}

static void compress_block(struct hwk_trees *t, const uint8_t *symbols, uint32_t symbols_used)
{
    uint32_t at = 0;
    while (at < symbols_used) {
        unsigned distance = symbols[at++];
        distance += (unsigned)symbols[at++] << 8;
        unsigned value = symbols[at++];
        if (distance == 0) {
            send_code(t, value, t->literal_tree);
        } else {
            unsigned code = length_code[value];
            send_code(t, code + END_OF_BLOCK + 1, t->literal_tree);
            int extra = length_extra[code];
            if (extra != 0)
                send_bits(t, value - length_base[code], extra);
            distance--;
            code = distance < 256 ? distance_code[distance] : distance_code[256 + (distance >> 7)];
            send_code(t, code, t->distance_tree);
            extra = distance_extra[code];
            if (extra != 0)
                send_bits(t, distance - distance_base[code], extra);
        }
    }
    send_code(t, END_OF_BLOCK, t->literal_tree);
}

void hwk_trees_block(struct hwk_trees *t, const uint8_t *symbols, uint32_t symbols_used, const uint16_t *literals,
                     const uint16_t *distances, int last)
{
    for (int n = 0; n < TREE_LITERALS; n++)
        t->literal_tree[n].a.frequency = literals[n];
    t->literal_tree[END_OF_BLOCK].a.frequency = 1;
    for (int n = 0; n < TREE_DISTANCES; n++)
        t->distance_tree[n].a.frequency = distances[n];
    for (int n = 0; n < TREE_LENGTHS; n++)
        t->length_tree[n].a.frequency = 0;
    int literals_used = build_tree(t, t->literal_tree, TREE_LITERALS, MAX_BITS);
    int distances_used = build_tree(t, t->distance_tree, TREE_DISTANCES, MAX_BITS);
    lengths(t, t->literal_tree, literals_used, 0);
    lengths(t, t->distance_tree, distances_used, 0);
    build_tree(t, t->length_tree, TREE_LENGTHS, 7);
    int lengths_used = TREE_LENGTHS - 1;
    while (lengths_used > 3 && t->length_tree[length_order[lengths_used]].b.length == 0)
        lengths_used--;

    send_bits(t, 4u + (unsigned)last, 3); /* a block with trees of its own */
    send_bits(t, (unsigned)literals_used - 256, 5);
    send_bits(t, (unsigned)distances_used, 5);
    send_bits(t, (unsigned)lengths_used - 3, 4);
    for (int n = 0; n <= lengths_used; n++)
        send_bits(t, t->length_tree[length_order[n]].b.length, 3);
    lengths(t, t->literal_tree, literals_used, 1);
    lengths(t, t->distance_tree, distances_used, 1);
    compress_block(t, symbols, symbols_used);
    if (last) {
        put_short(t, t->bit_buffer);
        t->bit_buffer = 0;
        t->bits = 0;
    }
}
