/* All of libmfals: training of factor models on the ranks of a communicator, and their use.
 *
 *     #include <mfals/mfals.h>
 *     #include <stdio.h>
 *
 *     #define TRY(call) do { enum mfals_status status_ = (call); if (status_ != MFALS_OK) return status_; } while (0)
 *
 *     static int report(const struct mfals_iteration *iteration, void *rank)
 *     {
 *         if (*(int *)rank == 0)
 *             printf("%d: %s %g\n", iteration->number, iteration->names[0], iteration->values[0]);
 *         return 0;
 *     }
 *
 *     static enum mfals_status train(struct mfals_context *context, const char *path, int *rank)
 *     {
 *         struct mfals_options *options;
 *         struct mfals_ratings *ratings;
 *         struct mfals_model *model;
 *         const char *const paths[] = {path};
 *         TRY(mfals_options_new(&options, context, "train"));
 *         TRY(mfals_options_set(options, "factors", "16"));
 *         TRY(mfals_ratings_read(&ratings, options, paths, 1));
 *         TRY(mfals_train(&model, ratings, &(struct mfals_observer){.iteration = report, .data = rank}));
 *         TRY(mfals_model_save(model, "model.h5"));
 *         mfals_model_free(&model);
 *         mfals_ratings_free(&ratings);
 *         mfals_options_free(&options);
 *         return MFALS_OK;
 *     }
 *
 *     int main(int argc, char **argv)
 *     {
 *         struct mfals_context *context;
 *         int rank;
 *         MPI_Init(&argc, &argv);
 *         MPI_Comm_rank(MPI_COMM_WORLD, &rank);
 *         enum mfals_status done = argc < 2 ? MFALS_USAGE : mfals_open(&context, MPI_COMM_WORLD);
 *         if (done == MFALS_OK) {
 *             done = train(context, argv[1], &rank);
 *             if (done != MFALS_OK && rank == 0)
 *                 fprintf(stderr, "%s\n", mfals_message(context));
 *             mfals_close(&context);
 *         }
 *         MPI_Finalize();
 *         return done;
 *     }
 *
 * context.h: the ranks; options.h: what the command line can say; names.h: what there is of it; ratings.h: in;
 * model.h: training, saving, reading; use.h: evaluation, recommendation; profile.h: what a training took; plan.h:
 * what one will take; file.h: what a file holds. The program is installed as share/mfals/example/train.c: cc train.c
 * $(pkg-config --cflags --libs mfals), or by CMakeLists.txt there.
 */
#ifndef MFALS_MFALS_H
#define MFALS_MFALS_H

#include <mfals/context.h>
#include <mfals/file.h>
#include <mfals/model.h>
#include <mfals/names.h>
#include <mfals/options.h>
#include <mfals/plan.h>
#include <mfals/profile.h>
#include <mfals/ratings.h>
#include <mfals/status.h>
#include <mfals/use.h>
#include <mfals/version.h>

#endif
