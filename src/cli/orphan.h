/* No rank outlives the mpirun that started it. */
#ifndef CLI_ORPHAN_H
#define CLI_ORPHAN_H

/* [local] From now on this process is killed when its parent ends, if a launcher of ranks (mpirun, or srun with PMIx)
 * started it; a process started alone is left as it is. To be called first thing in main. */
void orphan_prevent(void);

#endif
