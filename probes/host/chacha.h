/* ChaCha20. */
#ifndef HWK_CHACHA_H
#define HWK_CHACHA_H

#include <stddef.h>
#include <stdint.h>

/* Sixteen words: constants, the key, the counter of blocks and the nonce. */
void hwk_chacha_key(uint32_t *state, const unsigned char *key, const unsigned char *nonce);
/* Encrypts or decrypts, and counts the blocks. */
void hwk_chacha_xor(uint32_t *state, const unsigned char *from, unsigned char *to, size_t n);

#endif
