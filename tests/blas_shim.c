/* To be preloaded: an OpenBLAS that does not know the processor and takes the kernels it calls Prescott's, unless
 * OPENBLAS_CORETYPE names others. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

__attribute__((visibility("default"))) char *openblas_get_corename(void);

char *openblas_get_corename(void)
{
    static char old[] = "Prescott";
    void *found = dlsym(RTLD_NEXT, "openblas_get_corename");
    char *(*real)(void);
    memcpy(&real, &found, sizeof real);
    return getenv("OPENBLAS_CORETYPE") == NULL ? old : real();
}
