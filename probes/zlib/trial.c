/* Drives the real zlib through its interface: the one-call functions, whose prototypes have not changed since 1.0.
 *
 * The macro TRIAL_OPERATION is the operation's place in trial.toml. The same file is linked with a zlib built from
 * source (tune --source) and bound to a built libz.so.1 (compare).
 */
#include "probe.h"
#include "trial_data.h"

#include <stdlib.h>

int compress2(unsigned char *to, unsigned long *length, const unsigned char *from, unsigned long n, int level);
int uncompress(unsigned char *to, unsigned long *length, const unsigned char *from, unsigned long n);
unsigned long compressBound(unsigned long n);
unsigned long crc32(unsigned long crc, const unsigned char *from, unsigned n);
unsigned long adler32(unsigned long adler, const unsigned char *from, unsigned n);

enum { DEFLATE_1, DEFLATE_6, DEFLATE_9, INFLATE, CRC32, ADLER32 };

/* Several windows of deflate, so that it slides about as often as in a long stream; fewer where a level takes longer. */
enum { SIZE = (TRIAL_OPERATION == DEFLATE_1 ? 128 : TRIAL_OPERATION == DEFLATE_9 ? 48 : 80) * 1024 };

static unsigned dataset;
static unsigned char *plain, *packed, *again;
static unsigned long room, packed_length;

int probe_dataset(unsigned i)
{
    dataset = i;
    return i < DATASETS ? 0 : 1;
}

static int level(void)
{
    return TRIAL_OPERATION == DEFLATE_1 ? 1 : TRIAL_OPERATION == DEFLATE_9 ? 9 : 6;
}

void probe_setup(uint64_t seed)
{
    room = compressBound(SIZE);
    plain = malloc(SIZE);
    again = malloc(SIZE);
    packed = malloc(room);
    if (!plain || !again || !packed) abort();
    trial_data(dataset, seed, plain, SIZE);
    packed_length = room;
    if (TRIAL_OPERATION == INFLATE && compress2(packed, &packed_length, plain, SIZE, 6) != 0) abort();
}

uint64_t probe_run(void)
{
    unsigned long length;
    switch (TRIAL_OPERATION) {
    case CRC32:
        return crc32(0, plain, SIZE);
    case ADLER32:
        return adler32(1, plain, SIZE);
    case INFLATE:
        length = SIZE;
        if (uncompress(again, &length, packed, packed_length) != 0 || length != SIZE) return 1;
        return support_hash(length, again, 4096) ^ again[SIZE - 1];
    default:
        length = room;
        if (compress2(packed, &length, plain, SIZE, level()) != 0) return 1;
        return support_hash(length, packed, length);
    }
}
