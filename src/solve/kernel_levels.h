/* The instruction levels that a build may hold. */
#ifndef SOLVE_KERNEL_LEVELS_H
#define SOLVE_KERNEL_LEVELS_H

#include "solve/kernel.h"

extern const struct kernel kernel_plain, kernel_x86_64_v3, kernel_x86_64_v4;

#endif
