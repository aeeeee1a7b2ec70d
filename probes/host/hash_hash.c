/* Two hashes. */
#include "hash.h"

#include <string.h>

uint32_t hwk_hash_fnv(const char *key, size_t length)
{
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)key[i]) * UINT32_C(16777619);
    return hash;
}

static uint64_t fold(uint64_t x)
{
    x = (x ^ (x >> 32)) * UINT64_C(0xd6e8feb86659fd93);
    return x ^ (x >> 32);
}

uint32_t hwk_hash_mix(const char *key, size_t length)
{
    uint64_t hash = (uint64_t)length * UINT64_C(0x9e3779b97f4a7c15);
    while (length >= 8) {
        uint64_t word;
        memcpy(&word, key, sizeof word);
        hash = fold(hash ^ word);
        key += 8;
        length -= 8;
    }
    uint64_t rest = 0;
    for (size_t i = 0; i < length; i++)
        rest = rest << 8 | (unsigned char)key[i];
    return (uint32_t)fold(hash ^ rest);
}
