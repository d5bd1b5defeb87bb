/* All of libmfals: training of factor models on the ranks of a communicator, and their use.
 *
 *     #include <mfals/mfals.h>
 *
 * context.h: the ranks; options.h: what the command line can say; ratings.h: in; model.h: training, saving, reading;
 * use.h: evaluation, recommendation. Compile and link as `pkg-config --cflags --libs mfals` says.
 */
#ifndef MFALS_MFALS_H
#define MFALS_MFALS_H

#include <mfals/context.h>
#include <mfals/model.h>
#include <mfals/options.h>
#include <mfals/ratings.h>
#include <mfals/status.h>
#include <mfals/use.h>
#include <mfals/version.h>

#endif
