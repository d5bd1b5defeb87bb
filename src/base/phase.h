/* Where the time goes: named phases, each begun and ended inside the function that does the work.
 *
 *     phase_begin(phases, PHASE_SOLVE);
 *     ...
 *     phase_end(phases, PHASE_SOLVE);
 *
 * Phases don't nest. comm/report.h brings the ranks' figures together.
 */
#ifndef BASE_PHASE_H
#define BASE_PHASE_H

#include <stdint.h>

/* X(name, label) in the order of the table printed at the end. */
#define PHASE_LIST(X)                                                                                        \
    X(PHASE_READ, "read and parse")                                                                          \
    X(PHASE_IDS, "map ids")                                                                                  \
    X(PHASE_REDISTRIBUTE, "redistribute")                                                                    \
    X(PHASE_AXES, "Gram and axes")                                                                           \
    X(PHASE_EXCHANGE, "exchange")                                                                            \
    X(PHASE_SOLVE, "solve rows")                                                                             \
    X(PHASE_WAIT, "wait for others")                                                                         \
    X(PHASE_MEASURE, "figures")                                                                              \
    X(PHASE_EVALUATE, "evaluate")                                                                            \
    X(PHASE_CHECKPOINT, "checkpoint")                                                                        \
    X(PHASE_WRITE, "write model")

#define PHASE_CONSTANT(name, label) name,
enum phase { PHASE_LIST(PHASE_CONSTANT) PHASES };
#undef PHASE_CONSTANT

struct phases {
    double seconds[PHASES];
    int64_t calls[PHASES];
    double begun;      /* the running phase's start, seconds */
    double solve_s[2]; /* processor time of the row solves of each side: users, items */
};

/* [local] Seconds since some fixed moment; never runs backwards. */
double phase_clock(void);

/* [local] Seconds of processor time that this thread has had: what others on its core take does not count. */
double phase_processor_clock(void);

/* [local] */
void phase_begin(struct phases *phases, enum phase phase);
void phase_end(struct phases *phases, enum phase phase);

/* [local] Its name in the table. Not to be freed. */
const char *phase_label(enum phase phase);

#endif
