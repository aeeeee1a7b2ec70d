/* Linear probing; the table is large enough for all that it is given. */
#include "hash.h"

#include <string.h>

struct hwk_hash_entry *hwk_hash_find(struct hwk_hash_table *table, const char *key, size_t length, int make)
{
    uint32_t hash = table->hash(key, length);
    for (uint32_t at = hash & table->mask;; at = (at + 1) & table->mask) {
        struct hwk_hash_entry *entry = &table->entry[at];
        if (entry->key == NULL) {
            if (!make)
                return NULL;
            entry->key = key;
            entry->length = (uint32_t)length;
            entry->hash = hash;
            table->used++;
            return entry;
        }
        if (entry->hash == hash && entry->length == length && memcmp(entry->key, key, length) == 0)
            return entry;
    }
}
