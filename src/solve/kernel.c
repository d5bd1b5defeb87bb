#include "solve/kernel.h"

#include "solve/kernel_levels.h"

#include <string.h>

static bool runs_always(void)
{
    return true;
}

#ifdef MFALS_X86_LEVELS
static bool runs_v3(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool runs_v4(void)
{
    return runs_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
}
#endif

/* Best first. */
static const struct {
    const struct kernel *kernel;
    bool (*runs_here)(void);
} levels[] = {
#ifdef MFALS_X86_LEVELS
    {&kernel_x86_64_v4, runs_v4},
    {&kernel_x86_64_v3, runs_v3},
#endif
    {&kernel_plain, runs_always},
};

status kernel_choose(const struct kernel **kernel, const char *name)
{
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (levels[i].runs_here() &&
            (strcmp(name, "auto") == 0 || strcmp(name, levels[i].kernel->name) == 0)) {
            *kernel = levels[i].kernel;
            return MFALS_OK;
        }
    return fail(MFALS_USAGE, "--kernel: this processor cannot run '%s'", name);
}

const char *kernel_default_name(void)
{
    const struct kernel *kernel = &kernel_plain;
    (void)kernel_choose(&kernel, "auto");
    return kernel->name;
}
