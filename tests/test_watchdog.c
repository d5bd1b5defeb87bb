/* The watchdog: when it ends a process and what it says then. Each watched process is a child of this one. */
#include "base/log.h"
#include "base/phase.h"
#include "base/watchdog.h"
#include "ranks.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct ending {
    int code; /* -1: a signal */
    double seconds;
    char said[400]; /* on stderr */
};

static void doze(double seconds)
{
    usleep((useconds_t)(1e6 * seconds));
}

/* Runs `watched` in a child, which ends with what it returns. */
static struct ending run_child(int (*watched)(void))
{
    struct ending ending = {.code = -1};
    int ends[2], state;
    double begun = phase_clock();
    fflush(NULL);
    CU_ASSERT_EQUAL_FATAL(pipe(ends), 0);
    pid_t child = fork();
    CU_ASSERT_FATAL(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        alarm(20);
        _exit(watched());
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t part;
    while (length < sizeof ending.said - 1 &&
           (part = read(ends[0], ending.said + length, sizeof ending.said - 1 - length)) > 0)
        length += (size_t)part;
    close(ends[0]);
    CU_ASSERT_EQUAL(waitpid(child, &state, 0), child);
    if (WIFEXITED(state))
        ending.code = WEXITSTATUS(state);
    ending.seconds = phase_clock() - begun;
    return ending;
}

static void expect_line(const struct ending *ending, const char *seconds, int rank, const char *doing)
{
    char host[128] = "", line[400];
    gethostname(host, sizeof host - 1);
    snprintf(line, sizeof line, "mfals: no progress for %s s on rank %d of host %s (%s): the job is ended\n",
             seconds, rank, host, doing);
    CU_ASSERT_EQUAL(ending->code, MFALS_IO);
    CU_ASSERT_STRING_EQUAL(ending->said, line);
}

static void expect_life(const struct ending *ending)
{
    CU_ASSERT_EQUAL(ending->code, 0);
    CU_ASSERT_STRING_EQUAL(ending->said, "");
}

static int hang_on_rank_0(void)
{
    struct phases phases = {0};
    watchdog_start(0.4, 0);
    phase_begin(&phases, PHASE_EXCHANGE);
    doze(10);
    return 1;
}

static int hang_on_rank_3(void)
{
    watchdog_start(0.4, 3);
    watchdog_say("a nap");
    doze(10);
    return 1;
}

static void test_hang(void)
{
    struct ending first = run_child(hang_on_rank_0), later = run_child(hang_on_rank_3);
    expect_line(&first, "0.4", 0, "exchange");
    CU_ASSERT(first.seconds >= 0.4 && first.seconds < 5);
    expect_line(&later, "0.4", 3, "a nap");
    CU_ASSERT(later.seconds >= 1.4 && later.seconds < 6); /* in case rank 0 speaks */
}

static int work_on(void)
{
    struct phases phases = {0};
    watchdog_start(0.8, 0);
    for (int i = 0; i < 10; i++, doze(0.05)) /* a phase's begin, or its end, is progress */
        phase_begin(&phases, PHASE_SOLVE);
    for (int i = 0; i < 10; i++, doze(0.05))
        phase_end(&phases, PHASE_SOLVE);
    for (int i = 0; i < 20; i++, doze(0.05))
        watchdog_note();
    return 0;
}

static int recover_in_grace(void)
{
    watchdog_start(0.4, 9); /* 1.5 s of grace */
    doze(1.2);
    watchdog_note();
    doze(1.2);
    return 0;
}

static void test_progress(void)
{
    struct ending working = run_child(work_on), late = run_child(recover_in_grace);
    expect_life(&working);
    CU_ASSERT(working.seconds >= 2);
    expect_life(&late);
}

static int wait_for_a_reader(void)
{
    watchdog_start(0.3, 0);
    watchdog_hold();
    doze(1);
    watchdog_release();
    doze(10); /* the end of patience */
    return 1;
}

static void test_hold(void)
{
    struct ending patient = run_child(wait_for_a_reader);
    CU_ASSERT_EQUAL(patient.code, MFALS_IO);
    CU_ASSERT(patient.seconds >= 1.25 && patient.seconds < 6);
}

/* mpirun sends SIGCONT before it ends a job: one rank has spoken. */
static int continue_often(void)
{
    watchdog_start(0.8, 0);
    for (int i = 0; i < 20; i++, doze(0.1))
        raise(SIGCONT);
    return 0;
}

static void test_continued(void)
{
    struct ending continued = run_child(continue_often);
    expect_life(&continued);
}

static int count_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int count = -2; /* "." and ".." */
    while (tasks != NULL && readdir(tasks) != NULL)
        count++;
    if (tasks != NULL)
        closedir(tasks);
    return count;
}

static int start_and_stop(void)
{
    int own = count_threads(); /* a fork has one; a sanitizer may add its own */
    watchdog_stop();
    watchdog_start(0, 0);
    if (count_threads() != own)
        return 1;
    for (int i = 0; i < 3; i++) {
        watchdog_start(0.3, 0);
        if (count_threads() != own + 1)
            return 2;
        watchdog_stop();
        if (count_threads() != own)
            return 3;
    }
    doze(1);
    return 0;
}

static void test_stop(void)
{
    struct ending stopped = run_child(start_and_stop);
    expect_life(&stopped);
}

/* A signal that the main thread holds back stays where it is. */
static int signal_the_process(void)
{
    sigset_t wanted, waiting;
    watchdog_start(5, 0);
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &wanted, NULL);
    kill(getpid(), SIGUSR1);
    doze(0.2);
    sigpending(&waiting);
    return !sigismember(&waiting, SIGUSR1);
}

static void test_signals(void)
{
    struct ending signalled = run_child(signal_the_process);
    expect_life(&signalled);
}

static void print_warning(bool warning, const char *text, void *context)
{
    (void)context;
    CU_ASSERT(warning);
    fprintf(stderr, "%s\n", text);
}

static int start_without_files(void)
{
    struct rlimit none = {0};
    static const struct log_diversion printed = {print_warning, NULL};
    log_divert(&printed);
    setrlimit(RLIMIT_NOFILE, &none);
    watchdog_start(0.3, 0);
    doze(1);
    watchdog_stop();
    return 0;
}

static void test_no_thread(void)
{
    struct ending unwatched = run_child(start_without_files);
    CU_ASSERT_EQUAL(unwatched.code, 0);
    CU_ASSERT_STRING_EQUAL(unwatched.said, "no watchdog: Too many open files\n");
}

static CU_TestInfo tests[] = {{"a process that hangs is ended, with one line", test_hang},
                              {"one that gets on is not", test_progress},
                              {"nor one that waits for somebody outside", test_hold},
                              {"nor one that was stopped and goes on", test_continued},
                              {"stop ends the thread", test_stop},
                              {"signals are for the main thread", test_signals},
                              {"without a thread there is a warning", test_no_thread},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "watchdog", tests);
}
