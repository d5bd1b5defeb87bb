/* mfals convert: ratings to HDF5, a model to other formats. */
#include "api/ratings_input.h"
#include "base/log.h"
#include "cli/dispatch.h"
#include "store/export.h"
#include "store/header.h"
#include "store/names.h"
#include "store/ratings_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), end_length = strlen(end);
    return length > end_length && strcmp(text + length - end_length, end) == 0;
}

static status export_model(const struct comm *comm, const char *path, const struct stored_model *model)
{
    if (ends_with(path, ".txt") || ends_with(path, ".tsv"))
        return export_text(comm, path, model);
    scoped char *prefix = NULL;
    size_t length = strlen(path) - strlen(".npy");
    TRY(allocate_on_all(comm, &prefix, (int64_t)length + 1));
    memcpy(prefix, path, length);
    return export_npy(comm, prefix, model);
}

static status convert_model(const struct comm *comm, const struct settings *settings)
{
    struct stored_model *model;
    if (settings->word_count > 1)
        return fail(MFALS_USAGE, "convert: a model goes alone");
    if (!ends_with(settings->output, ".npy") && !ends_with(settings->output, ".txt") &&
        !ends_with(settings->output, ".tsv"))
        return fail(MFALS_USAGE, "--output: '%s' says no format for a model: .npy or .txt", settings->output);
    TRY(model_file_read(&model, comm, settings->words[0]));
    status written = export_model(comm, settings->output, model);
    stored_model_free(&model);
    return written;
}

static status convert_ratings(const struct comm *comm, const struct settings *settings)
{
    struct phases phases = {0};
    struct ratings *ratings;
    if (!ends_with(settings->output, ".h5"))
        return fail(MFALS_USAGE, "--output: '%s' says no format for ratings: .h5", settings->output);
    TRY(new_file_check(comm, settings->output));
    TRY(ratings_input_load(&ratings, comm, settings, &phases));
    status written = ratings_file_write(comm, settings->output, ratings);
    ratings_free(&ratings);
    return written;
}

/* [collective] Whether the file is a model of ours, or a checkpoint. */
static status probe_model(bool *is_model, const struct comm *comm, const char *path)
{
    scoped struct header *header = NULL;
    int is_hdf5 = comm->rank == 0 && hdf5_file_probe(path);
    comm_broadcast(comm, &is_hdf5, sizeof is_hdf5, 0);
    *is_model = false;
    if (!is_hdf5)
        return MFALS_OK;
    TRY(header_read(&header, comm, path));
    *is_model = strcmp(header->format, MODEL_FORMAT) == 0 || strcmp(header->format, CHECKPOINT_FORMAT) == 0;
    return MFALS_OK;
}

status cmd_convert(const struct comm *comm, struct settings *settings)
{
    bool is_model;
    if (settings->output == NULL)
        return fail(MFALS_USAGE, "convert: needs --output FILE");
    TRY(agree(comm, comm->rank == 0 ? output_check_apart(settings, "output", settings->output) : MFALS_OK));
    TRY(probe_model(&is_model, comm, settings->words[0]));
    TRY(is_model ? convert_model(comm, settings) : convert_ratings(comm, settings));
    log_line("wrote %s", settings->output);
    return MFALS_OK;
}
