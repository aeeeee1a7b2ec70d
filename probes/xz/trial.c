/* Drives the real liblzma through its interface; the macro TRIAL_OPERATION is the operation's place in trial.toml. The
 * same file is linked with a library built from source (tune --source) and bound to a built one (compare). */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>

struct filter {
    uint64_t id;
    void *options;
};

unsigned char lzma_lzma_preset(void *options, uint32_t preset);
int lzma_stream_buffer_encode(struct filter *filters, int check, const void *allocator, const uint8_t *from, size_t n,
                              uint8_t *to, size_t *at, size_t room);
int lzma_stream_buffer_decode(uint64_t *memory, uint32_t flags, const void *allocator, const uint8_t *from, size_t *from_at,
                              size_t n, uint8_t *to, size_t *at, size_t room);

enum { ENCODE_1, ENCODE_6, DECODE };
enum { SIZE = 72 * 1024, ROOM = 2 * SIZE };

static unsigned dataset;
static unsigned char *plain, *packed, *again;
static size_t packed_length;

int probe_dataset(unsigned i)
{
    dataset = i;
    return i < DATASETS ? 0 : 1;
}

static int pack(void)
{
    /* lzma_options_lzma is 112 bytes and opens with the size of the dictionary. That of the preset would mean clearing
     * megabytes of hash table for an input of this size. */
    union {
        uint32_t dictionary;
        uint64_t room[64];
    } options = {0};
    if (lzma_lzma_preset(&options, TRIAL_OPERATION == ENCODE_1 ? 1 : 6)) return 0;
    options.dictionary = SIZE;
    struct filter filters[2] = {{0x21 /* LZMA2 */, &options}, {UINT64_MAX, NULL}};
    packed_length = 0;
    return lzma_stream_buffer_encode(filters, 4 /* CRC64 */, NULL, plain, SIZE, packed, &packed_length, ROOM) == 0;
}

static int unpack(void)
{
    uint64_t memory = UINT64_MAX;
    size_t from_at = 0, at = 0;
    return lzma_stream_buffer_decode(&memory, 0, NULL, packed, &from_at, packed_length, again, &at, SIZE) == 0 &&
           at == SIZE;
}

void probe_setup(uint64_t seed)
{
    plain = malloc(SIZE);
    again = malloc(SIZE);
    packed = malloc(ROOM);
    if (!plain || !again || !packed) abort();
    trial_data(dataset, seed, plain, SIZE);
    if (TRIAL_OPERATION == DECODE && !pack()) abort();
}

uint64_t probe_run(void)
{
    if (TRIAL_OPERATION == DECODE) return unpack() ? support_hash(SIZE, again, 4096) ^ again[SIZE - 1] : 1;
    return pack() ? support_hash(packed_length, packed, packed_length) : 1;
}
