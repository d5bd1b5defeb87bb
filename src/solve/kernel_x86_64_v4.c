#include "solve/kernel/lanes_avx512.h"

#include "solve/kernel/level.h"

const struct kernel kernel_x86_64_v4 = KERNEL_TABLE;
