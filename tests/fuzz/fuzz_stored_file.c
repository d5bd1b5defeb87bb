/* Models, ratings and checkpoints: the header, the shape, rows, digest and checksum trailer. The input is the file.
 *
 * What is tried is damage, not forgery. HDF5's metadata carries checksums that stop nearly every changed byte;
 * with the checksums set right again HDF5 1.10.8 crashes within seconds of fuzzing, inside its own code, where a
 * reader on top of it cannot help. So the mutator changes a sound file as damage does: some bits, ranges of zeros,
 * a cut end, a block in another's place.
 */
#include "fuzz.h"
#include "store/checkpoint_file.h"
#include "store/inspect.h"
#include "store/model_reader.h"
#include "store/ratings_file.h"

#include <fcntl.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct comm alone;
static char path[4096];
static int file = -1;

static void remove_file(void)
{
    unlink(path);
}

/* HDF5 resolves links, so that a file without a name will not do. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/mfals-fuzz-XXXXXX", folder == NULL ? P_tmpdir : folder);
    file = mkstemp(path);
    FUZZ_REQUIRE(file >= 0);
    atexit(remove_file);
    setenv("OMPI_MCA_opal_signal", "", 0); /* libFuzzer reports crashes */
    MPI_Init(argc, argv);
    FUZZ_REQUIRE(comm_open(&alone, MPI_COMM_SELF) == MFALS_OK);
    H5set_free_list_limits(-1, -1, -1, -1, -1, -1); /* each open takes half a MiB */
    return 0;
}

static void check_answer(status got, status refusal)
{
    FUZZ_REQUIRE(got == MFALS_OK || got == refusal);
    FUZZ_REQUIRE(got == MFALS_OK || strstr(failure_message(), path) != NULL);
}

static void read_model(void)
{
    struct stored_model *model;
    status got = model_file_read(&model, &alone, path);
    check_answer(got, MFALS_BAD_DATA);
    FUZZ_REQUIRE((model != NULL) == (got == MFALS_OK));
    stored_model_free(&model);
}

static void read_ratings(void)
{
    struct raw_ratings raw;
    check_answer(ratings_file_read(&raw, &alone, path, TIMES_IF_ANY), MFALS_BAD_DATA);
    raw_ratings_free(&raw);
}

static void read_checkpoint(void)
{
    struct checkpoint *checkpoint;
    status got = checkpoint_open(&checkpoint, &alone, path);
    check_answer(got, MFALS_BAD_DATA);
    FUZZ_REQUIRE((checkpoint != NULL) == (got == MFALS_OK));
    checkpoint_close(&checkpoint);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped struct summary *summary = NULL;
    struct verification soundness;
    FUZZ_REQUIRE(pwrite(file, data, size, 0) == (ssize_t)size && ftruncate(file, (off_t)size) == 0);
    int64_t before = memory_live_blocks();
    check_answer(inspect_file(&summary, &alone, path), MFALS_BAD_DATA);
    if (summary != NULL) { /* else the others would say the same */
        if (summary->kind == FILE_MODEL)
            read_model();
        else if (summary->kind == FILE_RATINGS)
            read_ratings();
        else
            read_checkpoint();
        check_answer(check_file(&soundness, &alone, path), MFALS_BAD_DATA);
    }
    FUZZ_REQUIRE(memory_live_blocks() == before + (summary != NULL));
    return 0;
}

/* The next of a sequence of numbers below `below`, which is above 0 (Vigna, splitmix64). */
static size_t draw(uint64_t *state, size_t below)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (size_t)((z ^ z >> 31) % below);
}

static size_t shorter(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    enum { BLOCK = 512 };
    uint64_t state = seed;
    if (size == 0)
        return LLVMFuzzerMutate(data, size, most);
    size_t place = draw(&state, size), length = 1 + draw(&state, shorter(BLOCK, size - place));
    switch (draw(&state, 8)) {
    case 0:
        return 1 + draw(&state, size); /* cut off */
    case 1:
        memset(data + place, draw(&state, 2) == 0 ? 0 : 0xff, length);
        return size;
    case 2:
        memmove(data + draw(&state, size - length + 1), data + place, length);
        return size;
    case 3:
        LLVMFuzzerMutate(data + place, length, length);
        return size;
    default:
        for (size_t flips = 1 + draw(&state, 3); flips > 0; flips--)
            data[draw(&state, size)] ^= (uint8_t)(1U << draw(&state, 8));
        return size;
    }
}
