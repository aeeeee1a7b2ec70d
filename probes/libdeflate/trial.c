/* Drives the real libdeflate through its interface; the macro TRIAL_OPERATION is the operation's place in trial.toml. The
 * same file is linked with a library built from source (tune --source) and bound to a built one (compare).
 *
 * libdeflate knows whole buffers alone, so each call takes the next of several: of 16 or 32 KiB, and of 4 KiB at level 10, where
 * larger ones would take milliseconds. That costs the longest distances, and at level 10 the splitting into blocks, which
 * begins at 5000 bytes.
 */
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
enum {
    CHUNK = (TRIAL_OPERATION == COMPRESS_6 ? 16 : TRIAL_OPERATION == COMPRESS_10 ? 4 : 32) * 1024,
    SIZE = (TRIAL_OPERATION == COMPRESS_10 ? 64 : 128) * 1024,
    CHUNKS = SIZE / CHUNK,
    ROOM = 2 * CHUNK
};

static unsigned dataset, chunk;
static unsigned char *plain, *packed, *again;
static size_t packed_length[CHUNKS];
static void *compressor, *decompressor;

int probe_dataset(unsigned i)
{
    dataset = i;
    return i < DATASETS ? 0 : 1;
}

static size_t pack(unsigned n, unsigned char *to)
{
    return libdeflate_deflate_compress(compressor, plain + (size_t)n * CHUNK, CHUNK, to, ROOM);
}

void probe_setup(uint64_t seed)
{
    plain = malloc(SIZE);
    again = malloc(CHUNK);
    packed = malloc((size_t)ROOM * CHUNKS);
    if (!plain || !again || !packed) abort();
    trial_data(dataset, seed, plain, SIZE);
    compressor = libdeflate_alloc_compressor(TRIAL_OPERATION == COMPRESS_1 ? 1 : TRIAL_OPERATION == COMPRESS_10 ? 10 : 6);
    decompressor = libdeflate_alloc_decompressor();
    if (!compressor || !decompressor) abort();
    if (TRIAL_OPERATION != DECOMPRESS) return;
    for (unsigned n = 0; n < CHUNKS; n++)
        if (!(packed_length[n] = pack(n, packed + (size_t)n * ROOM))) abort();
}

uint64_t probe_run(void)
{
    unsigned n = chunk;
    const unsigned char *from = plain + (size_t)n * CHUNK;
    chunk = (chunk + 1) % CHUNKS;
    if (TRIAL_OPERATION == CRC32) return libdeflate_crc32(0, from, CHUNK);
    if (TRIAL_OPERATION == ADLER32) return libdeflate_adler32(1, from, CHUNK);
    if (TRIAL_OPERATION == DECOMPRESS) {
        const unsigned char *in = packed + (size_t)n * ROOM;
        if (libdeflate_deflate_decompress(decompressor, in, packed_length[n], again, CHUNK, NULL) != 0) return 1;
        return support_hash(n, again, CHUNK);
    }
    size_t made = pack(n, packed);
    return made == 0 ? 1 : support_hash(made, packed, made);
}
