/* SHA-256. */
#ifndef HWK_SHA256_H
#define HWK_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct hwk_sha256 {
    uint32_t state[8];
    uint64_t bytes;
    unsigned char block[64];
};

void hwk_sha256_begin(struct hwk_sha256 *s);
void hwk_sha256_add(struct hwk_sha256 *s, const unsigned char *from, size_t n);
void hwk_sha256_end(struct hwk_sha256 *s, unsigned char *digest);
/* Takes whole blocks of 64 bytes. */
void hwk_sha256_blocks(uint32_t *state, const unsigned char *from, size_t blocks);

#endif
