/* Drives the real Zstandard through its interface; the macro TRIAL_OPERATION is the operation's place in trial.toml. The
 * same file is linked with a library built from source (tune --source) and bound to a built one (compare). */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>

void *ZSTD_createCCtx(void);
void *ZSTD_createDCtx(void);
size_t ZSTD_compressCCtx(void *context, void *to, size_t room, const void *from, size_t n, int level);
size_t ZSTD_decompressDCtx(void *context, void *to, size_t room, const void *from, size_t n);
unsigned ZSTD_isError(size_t code);

enum { COMPRESS_1, COMPRESS_3, COMPRESS_9, DECOMPRESS };
enum { SIZE = 128 * 1024, ROOM = 2 * SIZE };

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
    int level = TRIAL_OPERATION == COMPRESS_1 ? 1 : TRIAL_OPERATION == COMPRESS_9 ? 9 : 3;
    packed_length = ZSTD_compressCCtx(compressor, packed, ROOM, plain, SIZE, level);
    return !ZSTD_isError(packed_length);
}

static int unpack(void)
{
    return ZSTD_decompressDCtx(decompressor, again, SIZE, packed, packed_length) == SIZE;
}

void probe_setup(uint64_t seed)
{
    plain = malloc(SIZE);
    again = malloc(SIZE);
    packed = malloc(ROOM);
    if (!plain || !again || !packed) abort();
    trial_data(dataset, seed, plain, SIZE);
    compressor = ZSTD_createCCtx();
    decompressor = ZSTD_createDCtx();
    if (!compressor || !decompressor) abort();
    if (TRIAL_OPERATION == DECOMPRESS && !pack()) abort();
}

uint64_t probe_run(void)
{
    if (TRIAL_OPERATION == DECOMPRESS) return unpack() ? support_hash(SIZE, again, 4096) ^ again[SIZE - 1] : 1;
    return pack() ? support_hash(packed_length, packed, packed_length) : 1;
}
