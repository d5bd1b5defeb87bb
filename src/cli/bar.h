/* How far something has come, in a line for a terminal. All local.
 *
 *     char line[BAR_SIZE];
 *     bar_compose(line, 79, &(struct bar){.label = "iteration 4 of 10", .done = 0.3, .left = 75});
 *
 * gives "[#######.................] iteration 4 of 10  1:15 left", or what there is room for of it.
 */
#ifndef CLI_BAR_H
#define CLI_BAR_H

struct bar {
    const char *label;
    const char *detail; /* left out first; "": none */
    double done;        /* of 1 */
    double left;        /* seconds; negative: not known */
};

enum { BAR_SIZE = 256, DURATION_SIZE = 24 };

/* line, BAR_SIZE bytes <- at most `width` columns. */
void bar_compose(char *line, int width, const struct bar *bar);

/* text <- seconds as "1:15", "2:01:15" or "3d 02h"; returns it. */
const char *duration_text(char text[DURATION_SIZE], double seconds);

#endif
