/* Drives the real Zstandard through its streaming interface; the macro TRIAL_OPERATION is the operation's place in
 * trial.toml. The same file is linked with a library built from source (tune --source) and bound to a built one (compare).
 *
 * A call takes one chunk of a frame that goes on from call to call, and flushes it: that makes it a block, which zstd codes
 * whole. Blocks are so shorter than the 128 KiB of a long file, and their tables come more often; matches reach back into the
 * blocks before all the same. At the end of the input the frame is ended and another one started.
 */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>

/* ZSTD_inBuffer and ZSTD_outBuffer of zstd.h. */
struct input {
    const void *from;
    size_t size, at;
};
struct output {
    void *to;
    size_t size, at;
};

void *ZSTD_createCCtx(void);
void *ZSTD_createDCtx(void);
size_t ZSTD_CCtx_setParameter(void *context, int parameter, int value);
size_t ZSTD_CCtx_setPledgedSrcSize(void *context, unsigned long long n);
size_t ZSTD_compressStream2(void *context, struct output *out, struct input *in, int end);
size_t ZSTD_decompressStream(void *context, struct output *out, struct input *in);
unsigned ZSTD_isError(size_t code);

enum { LEVEL = 100, FLUSH = 1, END = 2 };
enum { COMPRESS_1, COMPRESS_3, COMPRESS_9, DECOMPRESS };
enum {
    CHUNK = (TRIAL_OPERATION == COMPRESS_9 ? 8 : 32) * 1024,
    SIZE = (TRIAL_OPERATION == COMPRESS_9 || TRIAL_OPERATION == DECOMPRESS ? 128 : 256) * 1024,
    CHUNKS = SIZE / CHUNK,
    ROOM = CHUNK + 1024
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

/* A frame is over when its last chunk is flushed: the context is ready for the next. Returns the bytes made, or 0. */
static size_t pack(unsigned n, unsigned char *to)
{
    struct input in = {plain + (size_t)n * CHUNK, CHUNK, 0};
    struct output out = {to, ROOM, 0};
    /* The size is known, as of a file: the tables are then no larger than it needs. */
    if (n == 0 && ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(compressor, SIZE))) return 0;
    if (ZSTD_compressStream2(compressor, &out, &in, n + 1 == CHUNKS ? END : FLUSH) != 0 || in.at != CHUNK) return 0;
    return out.at;
}

void probe_setup(uint64_t seed)
{
    plain = malloc(SIZE);
    again = malloc(CHUNK);
    packed = malloc((size_t)ROOM * CHUNKS);
    compressor = ZSTD_createCCtx();
    decompressor = ZSTD_createDCtx();
    if (!plain || !again || !packed || !compressor || !decompressor) abort();
    trial_data(dataset, seed, plain, SIZE);
    int level = TRIAL_OPERATION == COMPRESS_1 ? 1 : TRIAL_OPERATION == COMPRESS_9 ? 9 : 3;
    if (ZSTD_isError(ZSTD_CCtx_setParameter(compressor, LEVEL, level))) abort();
    if (TRIAL_OPERATION != DECOMPRESS) return;
    for (unsigned n = 0; n < CHUNKS; n++)
        if (!(packed_length[n] = pack(n, packed + (size_t)n * ROOM))) abort();
}

/* What is given in is what was flushed, so that no block of the next call is decoded ahead. */
static uint64_t unpack(unsigned n)
{
    struct input in = {packed + (size_t)n * ROOM, packed_length[n], 0};
    struct output out = {again, CHUNK, 0};
    size_t left = 1;
    while (in.at < in.size || out.at < CHUNK) {
        size_t in_at = in.at, out_at = out.at;
        left = ZSTD_decompressStream(decompressor, &out, &in);
        if (ZSTD_isError(left) || (in.at == in_at && out.at == out_at)) return 1;
    }
    if (n + 1 == CHUNKS && left != 0) return 1;
    return support_hash(n, again, CHUNK);
}

uint64_t probe_run(void)
{
    unsigned n = chunk;
    chunk = (chunk + 1) % CHUNKS;
    if (TRIAL_OPERATION == DECOMPRESS) return unpack(n);
    size_t made = pack(n, packed);
    return made == 0 ? 1 : support_hash(made, packed, made);
}
