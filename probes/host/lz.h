/* Repeats found and copied, in the format that follows each literal run with a distance and a length. */
#ifndef HWK_HOST_LZ_H
#define HWK_HOST_LZ_H

#include <stddef.h>
#include <stdint.h>

enum { HWK_LZ_BITS = 12 };

struct hwk_lz {
    uint16_t head[1 << HWK_LZ_BITS]; /* where three bytes were last seen, by their hash; 0 for nowhere */
    uint16_t before[1 << 16];        /* and where before that */
};

/* Packs n bytes, 65535 at most; returns what is written, 2 * n at most. */
size_t hwk_lz_pack(struct hwk_lz *lz, const unsigned char *from, size_t n, unsigned char *to);
/* Unpacks into `room` bytes; returns what is written. */
size_t hwk_lz_unpack(const unsigned char *from, size_t n, unsigned char *to, size_t room);

#endif
