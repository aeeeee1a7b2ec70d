/* Drives the real libdeflate through its interface; the macro TRIAL_OPERATION is the operation's place in trial.toml. The
 * same file is linked with a library built from source (tune --source) and bound to a built one (compare). */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>

void *libdeflate_alloc_compressor(int level);
void *libdeflate_alloc_decompressor(void);
size_t libdeflate_deflate_compress(void *c, const void *from, size_t n, void *to, size_t room);
int libdeflate_deflate_decompress(void *d, const void *from, size_t n, void *to, size_t room, size_t *length);
uint32_t libdeflate_crc32(uint32_t crc, const void *from, size_t n);
uint32_t libdeflate_adler32(uint32_t adler, const void *from, size_t n);

enum { COMPRESS_1, COMPRESS_6, COMPRESS_10, DECOMPRESS, CRC32, ADLER32 };
enum { SIZE = 72 * 1024, ROOM = 2 * SIZE };

static unsigned dataset;
static unsigned char *plain, *packed, *again;
static size_t packed_length;

int probe_dataset(unsigned i)
{
    dataset = i;
    return i < DATASETS ? 0 : 1;
}

static void *compressor, *decompressor;

static int pack(void)
{
    packed_length = libdeflate_deflate_compress(compressor, plain, SIZE, packed, ROOM);
    return packed_length != 0;
}

static int unpack(void)
{
    return libdeflate_deflate_decompress(decompressor, packed, packed_length, again, SIZE, NULL) == 0;
}

void probe_setup(uint64_t seed)
{
    plain = malloc(SIZE);
    again = malloc(SIZE);
    packed = malloc(ROOM);
    if (!plain || !again || !packed) abort();
    trial_data(dataset, seed, plain, SIZE);
    compressor = libdeflate_alloc_compressor(TRIAL_OPERATION == COMPRESS_1 ? 1 : TRIAL_OPERATION == COMPRESS_10 ? 10 : 6);
    decompressor = libdeflate_alloc_decompressor();
    if (!compressor || !decompressor) abort();
    if (TRIAL_OPERATION == DECOMPRESS && !pack()) abort();
}

uint64_t probe_run(void)
{
    if (TRIAL_OPERATION == CRC32) return libdeflate_crc32(0, plain, SIZE);
    if (TRIAL_OPERATION == ADLER32) return libdeflate_adler32(1, plain, SIZE);
    if (TRIAL_OPERATION == DECOMPRESS) return unpack() ? support_hash(SIZE, again, 4096) ^ again[SIZE - 1] : 1;
    return pack() ? support_hash(packed_length, packed, packed_length) : 1;
}
