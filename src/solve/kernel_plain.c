#include "solve/kernel/lanes_plain.h"

#include "solve/kernel/level.h"

const struct kernel kernel_plain = KERNEL_TABLE;
