/* SPDX-License-Identifier: Apache-2.0
 *
 * replay.c - runs a fuzz target once over each file of a corpus, without libFuzzer: so each compiler, and each ordinary
 * test run, sees what fuzzing has found. Arguments are files and folders; then the empty input and 256 single bytes. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

static unsigned count;

/* The input is copied to a block of just its size, so that the address sanitizer sees a step beyond it. */
static void run(const uint8_t *p, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1);
    if (!exact) abort();
    memcpy(exact, p, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    count++;
}

static int run_file(const char *path)
{
    static uint8_t buf[1 << 20];
    FILE *f = fopen(path, "rb");
    if (!f) return -1;
    size_t n = fread(buf, 1, sizeof buf, f);
    fclose(f);
    fprintf(stderr, "replay: %s (%zu bytes)\n", path, n);
    run(buf, n);
    return 0;
}

static int run_folder(const char *path)
{
    DIR *d = opendir(path);
    if (!d) return -1;
    errno = 0;
    for (struct dirent *e; (e = readdir(d)) != NULL; errno = 0) {
        char file[4096];
        if (e->d_name[0] == '.') continue;
        snprintf(file, sizeof file, "%s/%s", path, e->d_name);
        if (run_file(file)) perror(file);
    }
    if (errno) perror(path), exit(1); /* that was not the end */
    closedir(d);
    return 0;
}

int main(int argc, char **argv)
{
    if (LLVMFuzzerInitialize) LLVMFuzzerInitialize(&argc, &argv);
    run((const uint8_t *)"", 0);
    for (unsigned i = 0; i < 256; i++) run(&(uint8_t){(uint8_t)i}, 1);
    for (int i = 1; i < argc; i++)
        if (run_folder(argv[i]) && run_file(argv[i]))
            fprintf(stderr, "replay: no corpus at %s\n", argv[i]);
    printf("replayed %u inputs\n", count);
    return 0;
}
