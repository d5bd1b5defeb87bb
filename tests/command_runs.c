/* Many commands in one start of the ranks, for scripts that try hundreds of inputs:
 *
 *     mpirun -n 3 command_runs LIST FOLDER
 *
 * A line of LIST is a folder to work in and the words of a command, as mfals would get them, with 0x1f between. What line n
 * says, from 0 on, comes to FOLDER/n.said, its exit code behind it as a line of its own. */
#include "cli/dispatch.h"
#include "cli/screen.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORDS_MAX = 64, LINE_MAX_BYTES = 1 << 16 };

/* stdout and stderr go there from here on. */
static int redirect(const char *folder, int number)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%d.said", folder, number);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0 || dup2(file, STDERR_FILENO) < 0)
        return -1;
    return close(file);
}

/* [collective] As the program does it. */
static enum mfals_status run_command(int argc, char **argv, int rank)
{
    struct launch launch = {0};
    struct mfals_context *context;
    bool needs_ranks;
    screen_open(rank == 0, SCREEN_NORMAL);
    enum mfals_status done = mfals_open(&context, MPI_COMM_WORLD);
    if (done != MFALS_OK)
        return done;
    mfals_on_message(context, screen_message, NULL);
    done = dispatch(context, &launch, MPI_COMM_WORLD, &needs_ranks, argc, argv);
    if (done != MFALS_OK)
        screen_error("%s", mfals_message(context));
    mfals_close(&context);
    return done;
}

/* [collective] The folder, then the command. */
static void run_line(char *line, int rank)
{
    char program[] = "mfals", *argv[WORDS_MAX + 2] = {program};
    int argc = 1;
    const char *folder = strsep(&line, "\x1f");
    for (char *word; argc <= WORDS_MAX && (word = strsep(&line, "\x1f")) != NULL;)
        argv[argc++] = word;
    enum mfals_status done =
        folder != NULL && chdir(folder) == 0 ? run_command(argc, argv, rank) : MFALS_INTERNAL;
    screen_end();
    if (rank == 0) {
        printf("%d\n", (int)done);
        fflush(stdout);
    }
}

int main(int argc, char **argv)
{
    static char line[LINE_MAX_BYTES];
    int threads, rank;
    MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &threads);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    FILE *list = argc == 3 ? fopen(argv[1], "r") : NULL;
    if (list == NULL)
        MPI_Abort(MPI_COMM_WORLD, MFALS_USAGE);
    for (int number = 0; fgets(line, sizeof line, list) != NULL; number++) {
        line[strcspn(line, "\n")] = '\0';
        if (rank == 0 && redirect(argv[2], number) != 0)
            MPI_Abort(MPI_COMM_WORLD, MFALS_IO);
        run_line(line, rank);
    }
    fclose(list);
    return MPI_Finalize() == MPI_SUCCESS ? EXIT_SUCCESS : EXIT_FAILURE;
}
