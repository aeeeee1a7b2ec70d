/* The two least frequent are joined until one is left; codes that are too long are shortened at the cost of others. */
#include "huffman.h"

#include <string.h>

struct heap {
    uint32_t key[512];
    uint16_t node[512], used;
};

static void sift(struct heap *h, unsigned at)
{
    uint32_t key = h->key[at];
    uint16_t node = h->node[at];
    for (unsigned child = 2 * at + 1; child < h->used; child = 2 * at + 1) {
        if (child + 1 < h->used && h->key[child + 1] < h->key[child])
            child++;
        if (h->key[child] >= key)
            break;
        h->key[at] = h->key[child];
        h->node[at] = h->node[child];
        at = child;
    }
    h->key[at] = key;
    h->node[at] = node;
}

static uint16_t lowest(struct heap *h, uint32_t *key)
{
    uint16_t node = h->node[0];
    *key = h->key[0];
    h->used--;
    h->key[0] = h->key[h->used];
    h->node[0] = h->node[h->used];
    sift(h, 0);
    return node;
}

static unsigned reversed(unsigned code, unsigned bits)
{
    unsigned back = 0;
    for (unsigned i = 0; i < bits; i++)
        back |= (code >> i & 1) << (bits - 1 - i);
    return back;
}

/* Codes in the order of length and byte. */
static void codes(struct hwk_huffman *h)
{
    unsigned next = 0;
    for (unsigned bits = 1; bits <= HWK_HUFFMAN_LONGEST; bits++) {
        for (unsigned byte = 0; byte < 256; byte++)
            if (h->length[byte] == bits)
                h->code[byte] = (uint16_t)reversed(next++, bits);
        next <<= 1;
    }
}

void hwk_huffman_make(struct hwk_huffman *h, const uint32_t *count)
{
    struct heap heap;
    uint16_t parent[512] = {0}, node = 256;
    unsigned depth[512] = {0}, room = 1u << HWK_HUFFMAN_LONGEST, taken = 0;
    heap.used = 0;
    memset(h->length, 0, sizeof h->length);
    for (unsigned byte = 0; byte < 256; byte++)
        if (count[byte] != 0) {
            heap.key[heap.used] = count[byte];
            heap.node[heap.used++] = (uint16_t)byte;
        }
    unsigned used = heap.used;
    for (unsigned at = used / 2; at-- > 0;)
        sift(&heap, at);
    while (heap.used > 1) {
        uint32_t a, b;
        uint16_t one = lowest(&heap, &a), two = lowest(&heap, &b);
        parent[one] = parent[two] = node;
        heap.key[heap.used] = a + b;
        heap.node[heap.used] = node++;
        unsigned at = heap.used++;
        while (at > 0 && heap.key[(at - 1) / 2] > a + b) {
            uint32_t key = heap.key[(at - 1) / 2];
            uint16_t moved = heap.node[(at - 1) / 2];
            heap.key[(at - 1) / 2] = heap.key[at];
            heap.node[(at - 1) / 2] = heap.node[at];
            heap.key[at] = key;
            heap.node[at] = moved;
            at = (at - 1) / 2;
        }
    }
    for (unsigned at = node - 1u; at-- > 256;)
        depth[at] = depth[parent[at]] + 1;
    for (unsigned byte = 0; byte < 256; byte++)
        if (count[byte] != 0) {
            unsigned bits = used == 1 ? 1 : depth[parent[byte]] + 1;
            h->length[byte] = (uint8_t)(bits < HWK_HUFFMAN_LONGEST ? bits : HWK_HUFFMAN_LONGEST);
            taken += room >> h->length[byte];
        }
    for (unsigned byte = 0; taken > room; byte = (byte + 1) % 256) /* longer where there is room for it */
        if (h->length[byte] != 0 && h->length[byte] < HWK_HUFFMAN_LONGEST) {
            h->length[byte]++;
            taken -= room >> h->length[byte];
        }
    codes(h);
}
