/* Checksums of bytes. */
#ifndef HWK_CHECKSUM_H
#define HWK_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

void hwk_crc_prepare(void);
uint32_t hwk_crc(uint32_t crc, const unsigned char *from, size_t n);
uint32_t hwk_crc_bytes(uint32_t crc, const unsigned char *from, size_t n);
uint32_t hwk_adler(uint32_t adler, const unsigned char *from, size_t n);

#endif
