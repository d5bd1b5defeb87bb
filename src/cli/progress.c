#include "cli/progress.h"

#include "cli/bar.h"
#include "cli/screen.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { TELL_EVERY_S = 10 };
enum {
    LINE_SIZE = 400,
    WIDEST_TABLE = 80,
    NARROWEST = 12,
    SECONDS_WIDTH = 8,
    LEFT_WIDTH = 8,
    RATE_WIDTH = 10
};

static double clock_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Of the iterations to come, by those of this start; negative: not known. */
static double seconds_left(const struct progress *progress)
{
    int done = progress->last - progress->before;
    return done > 0 ? (clock_s() - progress->begun) / done * (progress->iterations - progress->last) : -1;
}

static void draw_bar(const struct progress *progress, const char *objective)
{
    char line[BAR_SIZE], label[48], detail[48] = "";
    if (progress->last >= progress->iterations)
        return;
    snprintf(label, sizeof label, "iteration %d of %d", progress->last + 1, progress->iterations);
    if (objective[0] != '\0')
        snprintf(detail, sizeof detail, "  objective %s", objective);
    bar_compose(line, screen_width() - 1,
                &(struct bar){.label = label,
                              .detail = detail,
                              .done = (double)progress->last / progress->iterations,
                              .left = seconds_left(progress)});
    screen_draw(line);
}

void progress_begin(struct progress *progress, int iterations, int before, int64_t ratings)
{
    *progress = (struct progress){
        .iterations = iterations, .ratings = ratings, .before = before, .last = before, .begun = clock_s()};
    draw_bar(progress, "");
}

/* What the library tells of at present. */
static struct {
    const char *doing; /* NULL: nothing so far */
    double begun, told;
    int64_t at_begin, done;
} activity;

static void amount_text(char *text, size_t size, const struct mfals_progress *progress)
{
    static const char *const units[] = {"bytes", "KB", "MB", "GB", "TB", "PB"};
    double scale = 1;
    int unit = 0;
    if (strcmp(progress->unit, "bytes") != 0) {
        snprintf(text, size, "%" PRId64 " of %" PRId64 " %s", progress->done, progress->all, progress->unit);
        return;
    }
    for (; (double)progress->all >= 1000 * scale && unit < 5; unit++)
        scale *= 1000;
    snprintf(text, size, "%.1f of %.1f %s", (double)progress->done / scale, (double)progress->all / scale,
             units[unit]);
}

static double activity_left(const struct mfals_progress *progress, double now)
{
    double done = (double)(progress->done - activity.at_begin);
    return done > 0 ? (now - activity.begun) / done * (double)(progress->all - progress->done) : -1;
}

void progress_note(const struct mfals_progress *progress, void *data)
{
    char line[BAR_SIZE], label[64], amount[80], detail[96], left[DURATION_SIZE];
    double now = clock_s(), share = (double)progress->done / (double)progress->all;
    (void)data;
    if (activity.doing == NULL || strcmp(activity.doing, progress->doing) != 0 ||
        progress->done < activity.done) {
        activity.doing = progress->doing;
        activity.begun = activity.told = now;
        activity.at_begin = progress->done;
    }
    activity.done = progress->done;
    double seconds = activity_left(progress, now);
    amount_text(amount, sizeof amount, progress);
    if (screen_is_terminal()) {
        snprintf(label, sizeof label, "%s %.0f %%", progress->doing, 100 * share);
        snprintf(detail, sizeof detail, "  %s", amount);
        bar_compose(line, screen_width() - 1, &(struct bar){label, detail, share, seconds});
        screen_draw(line);
    } else if (now - activity.told >= TELL_EVERY_S) {
        activity.told = now;
        screen_progress("%s: %.0f %%, %s, %s left", progress->doing, 100 * share, amount,
                        seconds >= 0 ? duration_text(left, seconds) : "unknown time");
    }
}

/* Figures from what tells most to what tells least; one that is not listed, a metric of the test, comes second. */
static const char *const importance[] = {"objective",        "",
                                         "test_rmse",        "rmse",
                                         "test_mae",         "mae",
                                         "total_loss",       "predict_error",
                                         "confidence_error", "regularization"};
enum { LEVELS = sizeof importance / sizeof *importance };

static int level_of(const char *name)
{
    for (int level = 0; level < LEVELS; level++)
        if (strcmp(name, importance[level]) == 0)
            return level;
    return 1;
}

/* The columns that there is room for. */
struct table {
    int number_width; /* of "N of N" */
    bool seconds, left, rate;
    uint64_t stats; /* bit i: figure i is shown */
};

static int width_of(const char *name)
{
    int length = (int)strlen(name);
    return length > NARROWEST ? length : NARROWEST;
}

static bool take_room(int *room, int width)
{
    if (width + 2 > *room)
        return false;
    *room -= width + 2;
    return true;
}

static void choose_figures(struct table *table, int *room, const struct mfals_iteration *iteration, int first,
                           int end)
{
    for (int level = first; level < end; level++)
        for (int i = 0; i < iteration->stats && i < 64; i++)
            if (level_of(iteration->names[i]) == level && take_room(room, width_of(iteration->names[i])))
                table->stats |= (uint64_t)1 << i;
}

static struct table choose(const struct progress *progress, const struct mfals_iteration *iteration)
{
    const int header = (int)strlen("iteration"), width = screen_width();
    struct table table = {.number_width = 2 * snprintf(NULL, 0, "%d", progress->iterations) + 4};
    if (table.number_width < header)
        table.number_width = header;
    int room = (width < WIDEST_TABLE ? width : WIDEST_TABLE) - table.number_width;
    choose_figures(&table, &room, iteration, 0, 1);
    table.seconds = take_room(&room, SECONDS_WIDTH);
    table.left = take_room(&room, LEFT_WIDTH);
    choose_figures(&table, &room, iteration, 1, LEVELS);
    table.rate = take_room(&room, RATE_WIDTH);
    return table;
}

static bool is_shown(const struct table *table, int figure)
{
    return figure < 64 && (table->stats >> figure & 1) != 0;
}

/* A number of at most `width` columns: as many digits as go in. */
static const char *number_text(char text[32], double value, int width)
{
    int digits = 7;
    while (snprintf(text, 32, "%.*g", digits, value) > width && digits > 1)
        digits--;
    return text;
}

static const char *seconds_text(char text[32], double seconds, int width)
{
    return snprintf(text, 32, "%.3f", seconds) <= width ? text : number_text(text, seconds, width);
}

/* Appends text to the line, right-aligned in a column of that width. */
static void add_column(char line[LINE_SIZE], const char *text, int width)
{
    size_t length = strlen(line);
    snprintf(line + length, LINE_SIZE - length, "  %*s", width, text);
}

static void print_header(const struct table *table, const struct mfals_iteration *iteration)
{
    char line[LINE_SIZE];
    snprintf(line, sizeof line, "%*s", table->number_width, "iteration");
    for (int i = 0; i < iteration->stats; i++)
        if (is_shown(table, i))
            add_column(line, iteration->names[i], width_of(iteration->names[i]));
    if (table->seconds)
        add_column(line, "seconds", SECONDS_WIDTH);
    if (table->left)
        add_column(line, "left", LEFT_WIDTH);
    if (table->rate)
        add_column(line, "Mratings/s", RATE_WIDTH);
    screen_line("%s", line);
}

static void print_row(const struct table *table, const struct progress *progress,
                      const struct mfals_iteration *iteration)
{
    char line[LINE_SIZE], number[32], left[DURATION_SIZE];
    int digits = snprintf(NULL, 0, "%d", progress->iterations);
    snprintf(number, sizeof number, "%*d of %d", digits, iteration->number, progress->iterations);
    snprintf(line, sizeof line, "%*s", table->number_width, number);
    for (int i = 0; i < iteration->stats; i++)
        if (is_shown(table, i)) {
            int width = width_of(iteration->names[i]);
            add_column(line, number_text(number, iteration->values[i], width), width);
        }
    if (table->seconds)
        add_column(line, seconds_text(number, iteration->seconds, SECONDS_WIDTH), SECONDS_WIDTH);
    if (table->left)
        add_column(line, duration_text(left, seconds_left(progress)), LEFT_WIDTH);
    if (table->rate)
        add_column(line,
                   seconds_text(number, 1e-6 * (double)progress->ratings / iteration->seconds, RATE_WIDTH),
                   RATE_WIDTH);
    screen_line("%s", line);
}

void progress_iteration(struct progress *progress, const struct mfals_iteration *iteration)
{
    char objective[32] = "";
    struct table table = choose(progress, iteration);
    if (progress->last == progress->before)
        print_header(&table, iteration);
    progress->last = iteration->number;
    print_row(&table, progress, iteration);
    if (iteration->stats > 0)
        draw_bar(progress, number_text(objective, iteration->values[0], NARROWEST));
}
