/* A program in C++ on libmfals: what the example in mfals.h does. mpi.h comes first, as in a program that has it anyway. */
#include <mpi.h>

#include <cstdio>
#include <mfals/mfals.h>

static int report(const struct mfals_iteration *iteration, void *rank)
{
    if (*static_cast<int *>(rank) == 0)
        std::printf("%d: %s %g\n", iteration->number, iteration->names[0], iteration->values[0]);
    return 0;
}

int main(int argc, char **argv)
{
    MPI_Init(&argc, &argv);
    int rank;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    struct mfals_context *context = nullptr;
    struct mfals_options *options = nullptr;
    struct mfals_ratings *ratings = nullptr;
    struct mfals_model *model = nullptr;
    struct mfals_observer observer = {};
    observer.iteration = report;
    observer.data = &rank;
    const char *paths[] = {argv[1]};
    bool done = mfals_open(&context, MPI_COMM_WORLD) == MFALS_OK &&
                mfals_options_new(&options, context, "train") == MFALS_OK &&
                mfals_options_set(options, "factors", "16") == MFALS_OK &&
                mfals_ratings_read(&ratings, options, paths, 1) == MFALS_OK &&
                mfals_train(&model, ratings, &observer) == MFALS_OK && mfals_model_save(model, "model.h5") == MFALS_OK;
    mfals_model_free(&model);
    mfals_ratings_free(&ratings);
    mfals_options_free(&options);
    mfals_close(&context);
    MPI_Finalize();
    return done ? 0 : 1;
}
