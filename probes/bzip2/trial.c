/* Drives the real bzip2 through its streaming interface; the macro TRIAL_OPERATION is the operation's place in trial.toml.
 * The same file is linked with a library built from source (tune --source) and bound to a built one (compare).
 *
 * A block cannot be cut: it is sorted whole. To keep calls short, blocks are ended early within a stream that goes on from
 * call to call. A call compresses one block of 12 KiB, which takes 1 to 2 ms, longer than would be best: below 10000 bytes
 * (runs count less) bzip2 takes another way of sorting, which no file but the smallest meets. Decompression takes a quarter of a block of 24 KiB:
 * each half of its symbols, then each half of its bytes. What is lost is what blocks of 100 KiB and more do to the caches.
 */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>

/* bz_stream of bzlib.h. */
struct stream {
    char *next_in;
    unsigned avail_in, total_in_low, total_in_high;
    char *next_out;
    unsigned avail_out, total_out_low, total_out_high;
    void *state;
    void *(*allocate)(void *, int, int);
    void (*release)(void *, void *);
    void *opaque;
};

int BZ2_bzCompressInit(struct stream *s, int block, int verbose, int work);
int BZ2_bzCompress(struct stream *s, int action);
int BZ2_bzCompressEnd(struct stream *s);
int BZ2_bzDecompressInit(struct stream *s, int verbose, int small);
int BZ2_bzDecompress(struct stream *s);
int BZ2_bzDecompressEnd(struct stream *s);

enum { FLUSH = 1, FINISH = 2, OK = 0, RUN_OK = 1, STREAM_END = 4 };
enum { COMPRESS, DECOMPRESS };
enum {
    BLOCKS = TRIAL_OPERATION == COMPRESS ? 10 : 2,
    BLOCK = (TRIAL_OPERATION == COMPRESS ? 12 : 24) * 1024,
    SIZE = BLOCKS * BLOCK,
    ROOM = SIZE + SIZE / 8,
    POOL = 2 << 20
};

static unsigned dataset, block, part;
static unsigned char *plain, *packed, *again, *pool;
static size_t pool_used, cut[BLOCKS + 1];
static struct stream stream;

int probe_dataset(unsigned i)
{
    dataset = i;
    return i < DATASETS ? 0 : 1;
}

/* Memory that is kept from stream to stream: the C library would give its pages back and be part of what is timed. */
static void *take(void *opaque, int n, int size)
{
    (void)opaque;
    size_t need = ((size_t)n * (size_t)size + 63) & ~(size_t)63;
    if (need > POOL - pool_used) return NULL;
    pool_used += need;
    return pool + pool_used - need;
}

static void leave(void *opaque, void *p)
{
    (void)opaque, (void)p;
}

static int begin(int compress)
{
    pool_used = 0;
    stream = (struct stream){.allocate = take, .release = leave};
    return compress ? BZ2_bzCompressInit(&stream, 1, 0, 0) : BZ2_bzDecompressInit(&stream, 0, 0);
}

/* One block, to the end of the stream with the last; returns the bytes made, 0 for an error. */
static size_t pack(unsigned n, unsigned char *to)
{
    int last = n + 1 == BLOCKS;
    stream.next_in = (char *)plain + (size_t)n * BLOCK;
    stream.avail_in = BLOCK;
    stream.next_out = (char *)to;
    stream.avail_out = ROOM;
    int result = BZ2_bzCompress(&stream, last ? FINISH : FLUSH);
    if (result != (last ? STREAM_END : RUN_OK) || stream.avail_in != 0) return 0;
    size_t made = ROOM - stream.avail_out;
    if (last && (BZ2_bzCompressEnd(&stream) != OK || begin(1) != OK)) return 0;
    return made;
}

void probe_setup(uint64_t seed)
{
    plain = malloc(SIZE);
    again = malloc(BLOCK);
    packed = malloc(2 * ROOM);
    pool = malloc(POOL);
    if (!plain || !again || !packed || !pool) abort();
    trial_data(dataset, seed, plain, SIZE);
    if (begin(1) != OK) abort();
    if (TRIAL_OPERATION == COMPRESS) return;
    for (unsigned n = 0; n < BLOCKS; n++) {
        size_t made = pack(n, packed + cut[n]);
        if (made == 0) abort();
        cut[n + 1] = cut[n] + made;
    }
    if (BZ2_bzCompressEnd(&stream) != OK || begin(0) != OK) abort();
    stream.next_in = (char *)packed;
}

/* A block ends within a byte, so its second half is offered with all that follows: without room to write, the library stops
 * where the block does. */
static uint64_t unpack(void)
{
    size_t in_at = (size_t)((unsigned char *)stream.next_in - packed);
    size_t in_end = part == 0 ? cut[block] + (cut[block + 1] - cut[block]) / 2 : cut[BLOCKS];
    stream.avail_in = in_end > in_at ? (unsigned)(in_end - in_at) : 0;
    unsigned char *to = again + (part == 3 ? BLOCK / 2 : 0);
    stream.next_out = (char *)to;
    stream.avail_out = part < 2 ? 0 : BLOCK / 2;
    int last = part == 3 && block + 1 == BLOCKS;
    /* After the last byte of a block the next one's would follow; it is left to the next call. */
    if (part >= 2 && !last) stream.avail_in = 0;
    int result = BZ2_bzDecompress(&stream);
    if (result != (last ? STREAM_END : OK) || stream.avail_out != 0) return 1;
    uint64_t hash = part < 2 ? (uint64_t)((unsigned char *)stream.next_in - packed) : support_hash(part, to, BLOCK / 2);
    if (last) {
        if (BZ2_bzDecompressEnd(&stream) != OK || begin(0) != OK) return 1;
        stream.next_in = (char *)packed;
    }
    if (part == 3) block = block + 1 == BLOCKS ? 0 : block + 1;
    part = (part + 1) % 4;
    return hash;
}

uint64_t probe_run(void)
{
    if (TRIAL_OPERATION == DECOMPRESS) return unpack();
    size_t made = pack(block, packed);
    block = block + 1 == BLOCKS ? 0 : block + 1;
    return made == 0 ? 1 : support_hash(made, packed, made);
}
