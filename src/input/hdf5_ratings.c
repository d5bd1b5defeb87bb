#include "input/hdf5_ratings.h"

#include "read/spool.h"
#include "store/foreign_ratings.h"
#include "store/header.h"
#include "store/ratings_file.h"

bool hdf5_ratings_are(const struct comm *comm, const struct read_options *options)
{
    int found = options->path_count == 1 && comm->rank == 0 && !spool_is_needed(options->paths[0]) &&
                hdf5_file_probe(options->paths[0]);
    comm_broadcast(comm, &found, sizeof found, 0);
    return found != 0;
}

status hdf5_ratings_read(struct raw_ratings *raw, const struct comm *comm, const struct read_options *options,
                         struct phases *phases)
{
    *raw = (struct raw_ratings){0};
    if (options->columns != NULL)
        return fail(MFALS_USAGE, "--columns: has no meaning for HDF5 ratings");
    if (options->format != FORMAT_AUTO)
        return fail(MFALS_USAGE, "--format: has no meaning for HDF5 ratings");
    if (options->encoding != NULL)
        return fail(MFALS_USAGE, "--encoding: has no meaning for HDF5 ratings");
    phase_begin(phases, PHASE_READ);
    if (foreign_ratings_are(comm, options->paths[0]))
        TRY(foreign_ratings_read(raw, comm, options->paths[0], options->times));
    else
        TRY(ratings_file_read(raw, comm, options->paths[0], options->times));
    phase_end(phases, PHASE_READ);
    return MFALS_OK;
}
