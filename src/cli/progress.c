#include "cli/progress.h"

#include "cli/screen.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { BAR_WIDTH = 24, LINE_SIZE = 400, NARROWEST = 11 };

static double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void draw_bar(const struct progress *progress, int done, double objective)
{
    char bar[BAR_WIDTH + 1], line[160], rest[40] = "";
    int filled = (int)((int64_t)BAR_WIDTH * done / progress->iterations);
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)filled);
    bar[BAR_WIDTH] = '\0';
    if (done > 0) {
        double left = (clock_s() - progress->begun) / done * (progress->iterations - done);
        snprintf(rest, sizeof rest, "  %.0f:%02d left", left < 60 ? 0 : (left - 30) / 60, (int)left % 60);
        snprintf(line, sizeof line, "[%s] iteration %d of %d  objective %.6g%s", bar, done + 1,
                 progress->iterations, objective, rest);
    } else
        snprintf(line, sizeof line, "[%s] iteration 1 of %d", bar, progress->iterations);
    screen_progress(line);
}

void progress_begin(struct progress *progress, int iterations, int64_t ratings)
{
    *progress = (struct progress){.iterations = iterations, .ratings = ratings, .begun = clock_s()};
    if (iterations > 0)
        draw_bar(progress, 0, 0);
}

static int width_of(const char *name)
{
    int length = (int)strlen(name);
    return length > NARROWEST ? length : NARROWEST;
}

static void print_header(const struct mfals_iteration *iteration)
{
    char line[LINE_SIZE];
    int length = snprintf(line, sizeof line, "iteration");
    for (int i = 0; i < iteration->figures; i++)
        length += snprintf(line + length, sizeof line - (size_t)length, "  %*s",
                           width_of(iteration->names[i]), iteration->names[i]);
    screen_line("%s  %9s  %10s", line, "seconds", "Mratings/s");
}

void progress_iteration(const struct progress *progress, const struct mfals_iteration *iteration)
{
    char line[LINE_SIZE];
    if (iteration->number == 1)
        print_header(iteration);
    int length = snprintf(line, sizeof line, "%9d", iteration->number);
    for (int i = 0; i < iteration->figures; i++)
        length += snprintf(line + length, sizeof line - (size_t)length, "  %*.7g",
                           width_of(iteration->names[i]), iteration->values[i]);
    screen_line("%s  %9.3f  %10.3f", line, iteration->seconds,
                1e-6 * (double)progress->ratings / iteration->seconds);
    if (iteration->number < progress->iterations)
        draw_bar(progress, iteration->number, iteration->values[0]);
}

void progress_end(void)
{
    screen_progress("");
}
