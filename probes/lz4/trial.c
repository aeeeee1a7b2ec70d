/* Drives the real LZ4 through its interface; the macro TRIAL_OPERATION is the operation's place in trial.toml. The
 * same file is linked with a library built from source (tune --source) and bound to a built one (compare). */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>

int LZ4_compress_default(const char *from, char *to, int n, int room);
int LZ4_compress_HC(const char *from, char *to, int n, int room, int level);
int LZ4_decompress_safe(const char *from, char *to, int n, int room);

enum { COMPRESS, COMPRESS_HC, DECOMPRESS };
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
    const char *from = (const char *)plain;
    char *to = (char *)packed;
    int n = TRIAL_OPERATION == COMPRESS_HC ? LZ4_compress_HC(from, to, SIZE, ROOM, 9)
                                           : LZ4_compress_default(from, to, SIZE, ROOM);
    packed_length = n > 0 ? (size_t)n : 0;
    return n > 0;
}

static int unpack(void)
{
    return LZ4_decompress_safe((const char *)packed, (char *)again, (int)packed_length, SIZE) == SIZE;
}

void probe_setup(uint64_t seed)
{
    plain = malloc(SIZE);
    again = malloc(SIZE);
    packed = malloc(ROOM);
    if (!plain || !again || !packed) abort();
    trial_data(dataset, seed, plain, SIZE);
    if (TRIAL_OPERATION == DECOMPRESS && !pack()) abort();
}

uint64_t probe_run(void)
{
    if (TRIAL_OPERATION == DECOMPRESS) return unpack() ? support_hash(SIZE, again, 4096) ^ again[SIZE - 1] : 1;
    return pack() ? support_hash(packed_length, packed, packed_length) : 1;
}
