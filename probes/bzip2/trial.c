/* Drives the real bzip2 through its interface; the macro TRIAL_OPERATION is the operation's place in trial.toml. The
 * same file is linked with a library built from source (tune --source) and bound to a built one (compare). */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>

int BZ2_bzBuffToBuffCompress(char *to, unsigned *length, char *from, unsigned n, int block, int verbose, int work);
int BZ2_bzBuffToBuffDecompress(char *to, unsigned *length, char *from, unsigned n, int small, int verbose);

enum { COMPRESS, DECOMPRESS };
enum { SIZE = 72 * 1024, ROOM = 2 * SIZE };

static unsigned dataset;
static unsigned char *plain, *packed, *again;
static size_t packed_length;

int probe_dataset(unsigned i)
{
    dataset = i;
    return i < DATASETS ? 0 : 1;
}

/* One block of the smallest size holds the input: a larger one only clears more memory. */
static int pack(void)
{
    unsigned length = ROOM;
    int error = BZ2_bzBuffToBuffCompress((char *)packed, &length, (char *)plain, SIZE, 1, 0, 0);
    packed_length = length;
    return error == 0;
}

static int unpack(void)
{
    unsigned length = SIZE;
    return BZ2_bzBuffToBuffDecompress((char *)again, &length, (char *)packed, (unsigned)packed_length, 0, 0) == 0 &&
           length == SIZE;
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
