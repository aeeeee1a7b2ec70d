/* A table of names with open addressing, under either of two hashes. */
#ifndef HWK_HASH_H
#define HWK_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hwk_hash_entry {
    const char *key;
    uint32_t length, hash;
    uint64_t value;
};

struct hwk_hash_table {
    struct hwk_hash_entry *entry;
    uint32_t mask, used;
    uint32_t (*hash)(const char *key, size_t length);
};

/* FNV-1a: a multiplication for each byte. */
uint32_t hwk_hash_fnv(const char *key, size_t length);
/* Eight bytes a step, mixed by multiplications. */
uint32_t hwk_hash_mix(const char *key, size_t length);
/* The entry of a key; made where it is not there and `make` is set, else NULL. */
struct hwk_hash_entry *hwk_hash_find(struct hwk_hash_table *table, const char *key, size_t length, int make);

#endif
