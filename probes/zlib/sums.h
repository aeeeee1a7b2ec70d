/* Checksums over a stream. */
#ifndef HWK_SUMS_H
#define HWK_SUMS_H

#include <stddef.h>
#include <stdint.h>

/* Fills the tables of hwk_crc32. */
__attribute__((visibility("hidden"))) void hwk_crc_tables(void);

__attribute__((visibility("default"))) unsigned long hwk_crc32(unsigned long crc, const unsigned char *from, size_t n);

__attribute__((visibility("default"))) uint32_t hwk_adler32(uint32_t adler, const unsigned char *from, size_t n);

#endif
