#include "solve/blas.h"

#include "solve/lapack.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Calls of their own that some libraries have; the build looks for them. */
#ifdef MFALS_OPENBLAS
extern char *openblas_get_config(void);
extern char *openblas_get_corename(void);
extern void openblas_set_num_threads(int threads);
#endif
#ifdef MFALS_BLIS
extern const char *bli_info_get_version_str(void);
extern int bli_arch_query_id(void);
extern const char *bli_arch_string(int id);
extern void bli_thread_set_num_threads(long threads);
#endif
#ifdef MFALS_MKL
extern void MKL_Set_Num_Threads(int threads);
#endif

/* Sums of several threads would be ordered by their number. */
static void take_one_thread(void)
{
#ifdef MFALS_OPENBLAS
    openblas_set_num_threads(1);
#endif
#ifdef MFALS_BLIS
    bli_thread_set_num_threads(1);
#endif
#ifdef MFALS_MKL
    MKL_Set_Num_Threads(1);
#endif
}

#ifdef MFALS_OPENBLAS
/* BUFFER_SIZE of OpenBLAS on x86-64 and arm64, and a little for what surrounds it. */
static const size_t buffer_bytes = ((size_t)32 << 22) + ((size_t)1 << 20);

/* A buffer is mapped by the first call that needs one and kept for those that follow: taken here, while there is
 * room. */
static status take_buffer(void)
{
    void *room = mmap(NULL, buffer_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return fail(
            MFALS_NO_MEMORY,
            "not enough memory for the %zu MiB that OpenBLAS needs; a limit on it, as of ulimit -v, is "
            "too low",
            buffer_bytes >> 20);
    munmap(room, buffer_bytes);
    const int n = 1;
    const double number = 1, zero = 0;
    double square;
    dsyrk_("U", "N", &n, &n, &number, &number, &n, &zero, &square, &n, 1, 1);
    return MFALS_OK;
}
#endif

status blas_open(void)
{
    static bool opened;
    if (opened)
        return MFALS_OK;
    take_one_thread();
#ifdef MFALS_OPENBLAS
    TRY(take_buffer());
#endif
    opened = true;
    return MFALS_OK;
}

/* The name, without folders, of the file that a function is of. */
static void file_of(char *name, size_t size, void (*function)(void))
{
    Dl_info info;
    void *address;
    char path[PATH_MAX];
    memcpy(&address, &function, sizeof address);
    if (dladdr(address, &info) == 0 || info.dli_fname == NULL || realpath(info.dli_fname, path) == NULL)
        snprintf(path, sizeof path, "unknown");
    const char *slash = strrchr(path, '/');
    snprintf(name, size, "%.*s", (int)size - 1, slash == NULL ? path : slash + 1);
}

const char *blas_name(void)
{
    static _Thread_local char name[400];
    char blas[100], lapack[100], told[160];
    file_of(blas, sizeof blas, (void (*)(void))dgemm_);
    file_of(lapack, sizeof lapack, (void (*)(void))dsyevd_);
#if defined(MFALS_OPENBLAS)
    snprintf(told, sizeof told, "%s", openblas_get_config());
#elif defined(MFALS_BLIS)
    snprintf(told, sizeof told, "BLIS %s", bli_info_get_version_str());
#else
    snprintf(told, sizeof told, "%s", blas);
#endif
    bool one = strcmp(blas, lapack) == 0;
    snprintf(name, sizeof name, "%s%s%s", told, one ? "" : ", ", one ? "" : lapack);
    return name;
}

const char *blas_core(void)
{
#if defined(MFALS_OPENBLAS)
    return openblas_get_corename();
#elif defined(MFALS_BLIS)
    return bli_arch_string(bli_arch_query_id());
#else
    return "unknown";
#endif
}

#ifdef MFALS_OPENBLAS
/* Whether OpenBLAS has kernels for several processors, and took those of one without AVX2. */
static bool has_old_kernels(void)
{
    static const char *const old[] = {
        "unknown",      "katmai", "coppermine", "northwood",   "prescott",  "banias",     "atom",
        "core2",        "penryn", "dunnington", "nehalem",     "athlon",    "opteron",    "barcelona",
        "opteron_sse3", "nano",   "bobcat",     "sandybridge", "bulldozer", "piledriver", "steamroller"};
    if (strstr(openblas_get_config(), "DYNAMIC_ARCH") == NULL)
        return false;
    for (size_t i = 0; i < sizeof old / sizeof *old; i++)
        if (strcasecmp(openblas_get_corename(), old[i]) == 0)
            return true;
    return false;
}

/* The newest kernels that every OpenBLAS for several processors has and this one can run; NULL: old ones. */
static const char *nearest_core(void)
{
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return "SkylakeX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return "Haswell";
#endif
    return NULL;
}

static bool has_limit(void)
{
    struct rlimit space, data;
    return getrlimit(RLIMIT_AS, &space) == 0 && getrlimit(RLIMIT_DATA, &data) == 0 &&
           (space.rlim_cur != RLIM_INFINITY || data.rlim_cur != RLIM_INFINITY);
}

static const char *wanted_core(void)
{
    return getenv("OPENBLAS_CORETYPE") == NULL && has_old_kernels() ? nearest_core() : NULL;
}

static const char *wanted_threads(void)
{
    bool chosen = getenv("OPENBLAS_NUM_THREADS") != NULL || getenv("GOTO_NUM_THREADS") != NULL ||
                  getenv("OMP_NUM_THREADS") != NULL;
    return !chosen && has_limit() ? "1" : NULL;
}
#endif

bool blas_setting(const char **name, const char **value, int i)
{
#ifdef MFALS_OPENBLAS
    const char *const settings[][2] = {{"OPENBLAS_CORETYPE", wanted_core()},
                                       {"OPENBLAS_NUM_THREADS", wanted_threads()}};
    for (size_t j = 0; j < sizeof settings / sizeof *settings; j++)
        if (settings[j][1] != NULL && i-- == 0) {
            *name = settings[j][0];
            *value = settings[j][1];
            return true;
        }
#else
    (void)name;
    (void)value;
    (void)i;
#endif
    return false;
}
