/* Drives the real zlib through its streaming interface, whose structures have not changed since 1.0.
 *
 * The macro TRIAL_OPERATION is the operation's place in trial.toml. The same file is linked with a zlib built from
 * source (tune --source) and bound to a built libz.so.1 (compare).
 *
 * A call takes one chunk from a stream that goes on from call to call, so that calls are short and the streams long: the
 * window slides as it does in a large file. At the end of the input the stream is finished and started again.
 */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>

/* z_stream of zlib.h. */
struct stream {
    const unsigned char *next_in;
    unsigned avail_in;
    unsigned long total_in;
    unsigned char *next_out;
    unsigned avail_out;
    unsigned long total_out;
    const char *msg;
    void *state;
    void *(*allocate)(void *, unsigned, unsigned);
    void (*release)(void *, void *);
    void *opaque;
    int data_type;
    unsigned long adler, reserved;
};

int deflateInit_(struct stream *s, int level, const char *version, int size);
int deflate(struct stream *s, int flush);
int deflateReset(struct stream *s);
int deflateEnd(struct stream *s);
int inflateInit_(struct stream *s, const char *version, int size);
int inflate(struct stream *s, int flush);
int inflateReset(struct stream *s);
unsigned long crc32(unsigned long crc, const unsigned char *from, unsigned n);
unsigned long adler32(unsigned long adler, const unsigned char *from, unsigned n);

enum { NO_FLUSH = 0, FINISH = 4, STREAM_END = 1 };
enum { DEFLATE_1, DEFLATE_6, DEFLATE_9, INFLATE, CRC32, ADLER32 };

/* A call lasts 0.1 to 0.4 ms, and a window of 32 KiB is slid in every fourth call at level 1, where that weighs most. A block
 * ends after 16383 symbols, which is every second to twentieth call: cutting it shorter would be another library's work.
 * Levels that take longer, and inflate, whose input must be packed first, have three or four windows instead of eight. */
enum {
    CHUNK = (TRIAL_OPERATION == DEFLATE_1   ? 8
             : TRIAL_OPERATION == DEFLATE_6 ? 4
             : TRIAL_OPERATION == DEFLATE_9 ? 1
             : TRIAL_OPERATION == INFLATE   ? 16
                                            : 32) *
            1024,
    SIZE = (TRIAL_OPERATION == DEFLATE_9 ? 128 : TRIAL_OPERATION == INFLATE ? 96 : 256) * 1024,
    ROOM = SIZE + SIZE / 8
};

static unsigned dataset;
static unsigned char *plain, *packed, *again;
static unsigned long at, packed_length, sum;
static struct stream stream;

int probe_dataset(unsigned i)
{
    dataset = i;
    return i < DATASETS ? 0 : 1;
}

static int level(void)
{
    return TRIAL_OPERATION == DEFLATE_1 ? 1 : TRIAL_OPERATION == DEFLATE_9 ? 9 : 6;
}

static void begin_deflate(void)
{
    if (deflateInit_(&stream, level(), "1.2.11", (int)sizeof stream) != 0) abort();
}

void probe_setup(uint64_t seed)
{
    plain = malloc(SIZE);
    again = malloc(CHUNK);
    packed = malloc(ROOM);
    if (!plain || !again || !packed) abort();
    trial_data(dataset, seed, plain, SIZE);
    at = 0;
    if (TRIAL_OPERATION <= INFLATE) begin_deflate();
    if (TRIAL_OPERATION == INFLATE) {
        stream.next_in = plain;
        stream.avail_in = SIZE;
        stream.next_out = packed;
        stream.avail_out = ROOM;
        if (deflate(&stream, FINISH) != STREAM_END) abort();
        packed_length = ROOM - stream.avail_out;
        deflateEnd(&stream);
        stream = (struct stream){0};
        if (inflateInit_(&stream, "1.2.11", (int)sizeof stream) != 0) abort();
        stream.next_in = packed;
        stream.avail_in = (unsigned)packed_length;
    }
}

/* Some output may stay inside until a later chunk; at the end all of it comes. */
static uint64_t deflate_chunk(void)
{
    int last = at + CHUNK == SIZE;
    stream.next_in = plain + at;
    stream.avail_in = CHUNK;
    stream.next_out = packed;
    stream.avail_out = ROOM;
    int result = deflate(&stream, last ? FINISH : NO_FLUSH);
    unsigned long made = ROOM - stream.avail_out;
    if (stream.avail_in != 0 || result != (last ? STREAM_END : 0)) return 1;
    if (last && deflateReset(&stream) != 0) return 1;
    at = last ? 0 : at + CHUNK;
    return support_hash(made, packed, made);
}

/* The last symbol of the data may be written before the end of the stream is read: then a call without room reads on to
 * it. Whether it does is the same for every build of one zlib. */
static uint64_t inflate_chunk(void)
{
    int last = at + CHUNK == SIZE;
    stream.next_out = again;
    stream.avail_out = CHUNK;
    int result = inflate(&stream, NO_FLUSH);
    if (last && result == 0) result = inflate(&stream, NO_FLUSH);
    if (stream.avail_out != 0 || result != (last ? STREAM_END : 0)) return 1;
    at = last ? 0 : at + CHUNK;
    if (last) {
        if (inflateReset(&stream) != 0) return 1;
        stream.next_in = packed;
        stream.avail_in = (unsigned)packed_length;
    }
    return support_hash((uint64_t)result, again, CHUNK);
}

/* The sum runs through the whole input, as a file's does. */
static uint64_t sum_chunk(void)
{
    if (at == 0) sum = TRIAL_OPERATION == CRC32 ? crc32(0, NULL, 0) : adler32(0, NULL, 0);
    sum = TRIAL_OPERATION == CRC32 ? crc32(sum, plain + at, CHUNK) : adler32(sum, plain + at, CHUNK);
    at = at + CHUNK == SIZE ? 0 : at + CHUNK;
    return sum;
}

uint64_t probe_run(void)
{
    return TRIAL_OPERATION <= DEFLATE_9 ? deflate_chunk() : TRIAL_OPERATION == INFLATE ? inflate_chunk() : sum_chunk();
}
