/* Drives the real LZ4 through its streaming interface; the macro TRIAL_OPERATION is the operation's place in trial.toml. The
 * same file is linked with a library built from source (tune --source) and bound to a built one (compare).
 *
 * A call takes one chunk of a stream that goes on from call to call: matches reach 64 KiB back into the chunks before. At the
 * end of the input the stream begins again.
 */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>

/* Resetting by the older names, which every release from 1.8 on exports. */
void *LZ4_createStream(void);
void LZ4_resetStream(void *stream);
int LZ4_compress_fast_continue(void *stream, const char *from, char *to, int n, int room, int acceleration);
void *LZ4_createStreamHC(void);
void LZ4_resetStreamHC(void *stream, int level);
int LZ4_compress_HC_continue(void *stream, const char *from, char *to, int n, int room);
void *LZ4_createStreamDecode(void);
int LZ4_setStreamDecode(void *stream, const char *dictionary, int n);
int LZ4_decompress_safe_continue(void *stream, const char *from, char *to, int n, int room);

enum { COMPRESS, COMPRESS_HC, DECOMPRESS };
enum {
    SIZE = 256 * 1024,
    CHUNK = (TRIAL_OPERATION == COMPRESS ? 32 : TRIAL_OPERATION == COMPRESS_HC ? 4 : 64) * 1024,
    CHUNKS = SIZE / CHUNK,
    ROOM = CHUNK + CHUNK / 128 + 64
};

static unsigned dataset, chunk;
static unsigned char *plain, *packed, *again;
static int packed_length[CHUNKS];
static void *packing, *unpacking;

int probe_dataset(unsigned i)
{
    dataset = i;
    return i < DATASETS ? 0 : 1;
}

static void begin(void)
{
    if (TRIAL_OPERATION == COMPRESS_HC)
        LZ4_resetStreamHC(packing, 9);
    else
        LZ4_resetStream(packing);
}

static int pack(unsigned n, unsigned char *to)
{
    const char *from = (const char *)plain + (size_t)n * CHUNK;
    if (n == 0) begin();
    return TRIAL_OPERATION == COMPRESS_HC ? LZ4_compress_HC_continue(packing, from, (char *)to, CHUNK, ROOM)
                                          : LZ4_compress_fast_continue(packing, from, (char *)to, CHUNK, ROOM, 1);
}

void probe_setup(uint64_t seed)
{
    plain = malloc(SIZE);
    again = malloc(SIZE);
    packed = malloc((size_t)ROOM * CHUNKS);
    packing = TRIAL_OPERATION == COMPRESS_HC ? LZ4_createStreamHC() : LZ4_createStream();
    unpacking = LZ4_createStreamDecode();
    if (!plain || !again || !packed || !packing || !unpacking) abort();
    trial_data(dataset, seed, plain, SIZE);
    if (TRIAL_OPERATION != DECOMPRESS) return;
    for (unsigned n = 0; n < CHUNKS; n++)
        if ((packed_length[n] = pack(n, packed + (size_t)n * ROOM)) <= 0) abort();
}

static uint64_t unpack(unsigned n)
{
    unsigned char *to = again + (size_t)n * CHUNK;
    const char *from = (const char *)packed + (size_t)n * ROOM;
    if (n == 0 && !LZ4_setStreamDecode(unpacking, NULL, 0)) return 1;
    if (LZ4_decompress_safe_continue(unpacking, from, (char *)to, packed_length[n], CHUNK) != CHUNK) return 1;
    return support_hash(n, to, CHUNK);
}

uint64_t probe_run(void)
{
    unsigned n = chunk;
    chunk = (chunk + 1) % CHUNKS;
    if (TRIAL_OPERATION == DECOMPRESS) return unpack(n);
    int made = pack(n, packed);
    return made <= 0 ? 1 : support_hash((uint64_t)made, packed, (size_t)made);
}
