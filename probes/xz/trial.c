/* Drives the real liblzma through its streaming interface; the macro TRIAL_OPERATION is the operation's place in trial.toml.
 * The same file is linked with a library built from source (tune --source) and bound to a built one (compare).
 *
 * A call takes one chunk of a stream that goes on from call to call; at the end of the input the stream is finished and started
 * again with the memory it has. The dictionary is half as long as the input to encode, so that it comes round. What comes out
 * is mostly written where one of LZMA2's chunks ends. An encoder looks 4 KiB ahead: the first calls of a stream only fill its
 * window, and the last does what they left, which takes 1 to 2 ms and cannot be cut.
 */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>

/* lzma_stream of lzma/base.h. */
struct stream {
    const uint8_t *next_in;
    size_t avail_in;
    uint64_t total_in;
    uint8_t *next_out;
    size_t avail_out;
    uint64_t total_out;
    const void *allocator;
    void *internal;
    void *reserved_pointers[4];
    uint64_t seek, reserved_number;
    size_t reserved_sizes[2];
    int reserved_enums[2];
};

struct filter {
    uint64_t id;
    void *options;
};

unsigned char lzma_lzma_preset(void *options, uint32_t preset);
int lzma_stream_encoder(struct stream *s, const struct filter *filters, int check);
int lzma_stream_decoder(struct stream *s, uint64_t memory, uint32_t flags);
int lzma_code(struct stream *s, int action);
void lzma_end(struct stream *s);

enum { RUN = 0, FINISH = 3, STREAM_END = 1 };
enum { ENCODE_1, ENCODE_6, DECODE };
enum {
    CHUNK = (TRIAL_OPERATION == ENCODE_1 ? 2 : TRIAL_OPERATION == ENCODE_6 ? 1 : 8) * 1024,
    /* What is decoded must be encoded first, at some 0.1 ms a KiB. */
    SIZE = (TRIAL_OPERATION == DECODE ? 48 : 128) * 1024,
    DICTIONARY = 64 * 1024,
    ROOM = SIZE + SIZE / 8
};

static unsigned dataset;
static unsigned char *plain, *packed, *again;
static size_t at, packed_length;
static struct stream stream;
/* lzma_options_lzma is 112 bytes and opens with the size of the dictionary. That of the preset would mean clearing megabytes
 * of hash table for an input of this size. */
static union {
    uint32_t dictionary;
    uint64_t room[64];
} options;

int probe_dataset(unsigned i)
{
    dataset = i;
    return i < DATASETS ? 0 : 1;
}

static int begin_encoder(void)
{
    struct filter filters[2] = {{0x21 /* LZMA2 */, &options}, {UINT64_MAX, NULL}};
    return lzma_stream_encoder(&stream, filters, 4 /* CRC64 */);
}

static int begin_decoder(void)
{
    stream.next_in = packed;
    stream.avail_in = packed_length;
    return lzma_stream_decoder(&stream, UINT64_MAX, 0);
}

/* The next n bytes; returns how many came out, or ROOM + 1. */
static size_t pack(size_t n)
{
    int last = at + n == SIZE;
    stream.next_in = plain + at;
    stream.avail_in = n;
    stream.next_out = packed;
    stream.avail_out = ROOM;
    int result = lzma_code(&stream, last ? FINISH : RUN);
    at = last ? 0 : at + n;
    if (result != (last ? STREAM_END : 0) || stream.avail_in != 0) return ROOM + 1;
    return ROOM - stream.avail_out;
}

void probe_setup(uint64_t seed)
{
    plain = malloc(SIZE);
    again = malloc(CHUNK);
    packed = malloc(ROOM);
    if (!plain || !again || !packed) abort();
    trial_data(dataset, seed, plain, SIZE);
    /* For decoding, the fast preset: set-up would last several times as long with the other. */
    if (lzma_lzma_preset(&options, TRIAL_OPERATION == ENCODE_6 ? 6 : 1)) abort();
    options.dictionary = DICTIONARY;
    if (begin_encoder() != 0) abort();
    if (TRIAL_OPERATION != DECODE) return;
    packed_length = pack(SIZE);
    if (packed_length > ROOM) abort();
    lzma_end(&stream);
    if (begin_decoder() != 0) abort();
}

static uint64_t unpack(void)
{
    int last = at + CHUNK == SIZE;
    stream.next_out = again;
    stream.avail_out = CHUNK;
    int result = lzma_code(&stream, RUN);
    /* The end of the data is not yet that of the stream: index and footer follow. */
    if (last && result == 0) result = lzma_code(&stream, FINISH);
    at = last ? 0 : at + CHUNK;
    if (result != (last ? STREAM_END : 0) || stream.avail_out != 0) return 1;
    if (last && begin_decoder() != 0) return 1;
    return support_hash((uint64_t)result, again, CHUNK);
}

uint64_t probe_run(void)
{
    if (TRIAL_OPERATION == DECODE) return unpack();
    int last = at + CHUNK == SIZE;
    size_t made = pack(CHUNK);
    if (made > ROOM || (last && begin_encoder() != 0)) return 1;
    return support_hash(made, packed, made);
}
