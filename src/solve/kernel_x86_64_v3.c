#include "solve/kernel/lanes_avx2.h"

#include "solve/kernel/level.h"

const struct kernel kernel_x86_64_v3 = KERNEL_TABLE;
