#include "store/hold_beat.h"

#include "store/hold.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
    pthread_mutex_t mutex;
    struct hold *first;
    bool runs;
    pthread_t thread;
    int stop; /* an eventfd, readable once the thread is to end */
} keeper = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* By a descriptor of its own: on a file system of the network, opening and closing are what makes nodes see the same.
 * A lock file that is gone was removed on purpose. */
static void beat(struct hold *hold)
{
    struct hold_record found;
    int fd = open(hold->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return;
    if (hold_record_read(&found, fd) && (!found.held || strcmp(found.token, hold->record.token) != 0)) {
        atomic_store(&hold->lost, true);
    } else {
        hold->record.beat++;
        hold_record_write(&hold->record, fd);
        fdatasync(fd);
    }
    close(fd);
}

static void *keep(void *unused)
{
    struct pollfd stop = {.fd = keeper.stop, .events = POLLIN};
    while (poll(&stop, 1, HOLD_BEAT_MS) <= 0) {
        pthread_mutex_lock(&keeper.mutex);
        for (struct hold *hold = keeper.first; hold != NULL; hold = hold->next)
            if (!atomic_load(&hold->lost))
                beat(hold);
        pthread_mutex_unlock(&keeper.mutex);
    }
    return unused;
}

/* Signals are for the main thread. */
static void start_thread(void)
{
    sigset_t all, before;
    keeper.stop = eventfd(0, EFD_CLOEXEC);
    if (keeper.stop < 0)
        return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    keeper.runs = pthread_create(&keeper.thread, NULL, keep, NULL) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!keeper.runs)
        close(keeper.stop);
}

static void stop_thread(void)
{
    uint64_t one = 1;
    if (!keeper.runs)
        return;
    ssize_t written = write(keeper.stop, &one, sizeof one);
    (void)written;
    pthread_join(keeper.thread, NULL);
    close(keeper.stop);
    keeper.runs = false;
}

/* By the file, not by its name: two names may lead to one. */
struct hold *hold_beat_find(const char *path)
{
    struct stat named, held;
    struct hold *hold = NULL;
    if (lstat(path, &named) != 0)
        return NULL;
    pthread_mutex_lock(&keeper.mutex);
    for (hold = keeper.first; hold != NULL; hold = hold->next)
        if (fstat(hold->fd, &held) == 0 && held.st_dev == named.st_dev && held.st_ino == named.st_ino)
            break;
    if (hold != NULL)
        hold->references++;
    pthread_mutex_unlock(&keeper.mutex);
    return hold;
}

void hold_beat_add(struct hold *hold)
{
    pthread_mutex_lock(&keeper.mutex);
    hold->next = keeper.first;
    keeper.first = hold;
    if (!keeper.runs)
        start_thread();
    pthread_mutex_unlock(&keeper.mutex);
}

bool hold_beat_remove(struct hold *hold)
{
    pthread_mutex_lock(&keeper.mutex);
    bool last = --hold->references == 0;
    struct hold **link = &keeper.first;
    while (last && *link != hold)
        link = &(*link)->next;
    if (last)
        *link = hold->next;
    bool none = keeper.first == NULL;
    pthread_mutex_unlock(&keeper.mutex);
    if (last && none)
        stop_thread();
    return last;
}
