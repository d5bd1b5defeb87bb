/* A whole instruction level; included once by each kernel_<level>.c after its lanes. */

#include "comm/exact_sum.h"
#include "comm/partition.h"
#include "solve/kernel.h"
#include "solve/kernel_levels.h"
#include "solve/row_workspace.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "solve/kernel/product.h"

#include "solve/kernel/cholesky.h"

#include "solve/kernel/row.h"

#include "solve/kernel/small_rows.h"

#include "solve/kernel/batch.h"

#include "solve/kernel/cg.h"

#include "solve/kernel/rows.h"

#include "solve/kernel/nonnegative.h"

#include "solve/kernel/block.h"

#include "solve/kernel/sides.h"

#include "solve/kernel/descend.h"

#include "solve/kernel/score.h"

#define KERNEL_TABLE                                                                                         \
    {                                                                                                        \
        .name = KERNEL_NAME, .solve_rows = solve_rows, .form_block = form_block,                             \
        .clear_blocks = clear_blocks, .add_block = add_to_blocks, .solve_blocks = solve_blocks,              \
        .solve_nonnegative = solve_nonnegative, .scores = scores, .largest = find_largest,                   \
        .gram_tile = gram_tile, .gram_tile_double = gram_tile_double, .rotate_tile = rotate_tile,            \
        .descend = descend, .score_block = score_block, .find_above = find_above, .count_above = count_above \
    }
