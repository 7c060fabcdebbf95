/* SPDX-License-Identifier: Apache-2.0
 *
 * kv.c - a folder as store, a file for each key. A value is written aside, made durable, then renamed over the old
 * one and the folder made durable: a power cut leaves the old file or the new one, and perhaps a torn .tmp that nobody
 * reads.
 */
#include "posix/posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE 10 /* "0001.tmp" */

static int dir_of(struct lp_kv *kv)
{
    return ((struct lp_posix_kv *)kv)->dir;
}

static const char *name_of(char name[NAME_SIZE], uint16_t key, const char *suffix)
{
    snprintf(name, NAME_SIZE, "%04x%s", (unsigned)key, suffix);
    return name;
}

static int error(void)
{
    return errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? LP_ERR_FULL : LP_ERR_STORE;
}

static int read_all(int fd, uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t got = read(fd, p, n);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return LP_ERR_STORE; /* shorter than it was a moment ago */
        p += got;
        n -= (size_t)got;
    }
    return 0;
}

static int write_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t put = write(fd, p, n);
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) return error();
        p += put;
        n -= (size_t)put;
    }
    return 0;
}

static int kv_get(struct lp_kv *kv, uint16_t key, void *p, size_t cap)
{
    char name[NAME_SIZE];
    struct stat st;
    int fd = openat(dir_of(kv), name_of(name, key, ""), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? LP_ERR_NOT_FOUND : LP_ERR_STORE;
    int err = fstat(fd, &st) ? LP_ERR_STORE : st.st_size > INT32_MAX ? LP_ERR_TOO_LARGE : 0;
    if (!err) err = read_all(fd, p, (size_t)st.st_size < cap ? (size_t)st.st_size : cap);
    close(fd);
    return err ? err : (int)st.st_size;
}

/* The new value, durable, under a name that nobody reads. */
static int write_aside(int dir, const char *name, const void *p, size_t n)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return error();
    int err = write_all(fd, p, n);
    if (!err && fsync(fd)) err = error();
    if (close(fd) && !err) err = error();
    return err;
}

static int kv_put(struct lp_kv *kv, uint16_t key, const void *p, size_t n)
{
    char name[NAME_SIZE], aside[NAME_SIZE];
    int dir = dir_of(kv);
    name_of(name, key, "");
    int err = write_aside(dir, name_of(aside, key, ".tmp"), p, n);
    if (!err && renameat(dir, aside, dir, name)) err = error();
    if (err) {
        unlinkat(dir, aside, 0);
        return err;
    }
    return fsync(dir) ? LP_ERR_STORE : 0;
}

static int kv_del(struct lp_kv *kv, uint16_t key)
{
    char name[NAME_SIZE];
    if (unlinkat(dir_of(kv), name_of(name, key, ""), 0)) return errno == ENOENT ? 0 : LP_ERR_STORE;
    return fsync(dir_of(kv)) ? LP_ERR_STORE : 0;
}

/* mkdir -p */
static int make_folder(const char *folder)
{
    char path[4096];
    size_t n = strlen(folder);
    if (n == 0 || n >= sizeof path) {
        errno = n ? ENAMETOOLONG : ENOENT;
        return -1;
    }
    memcpy(path, folder, n + 1);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(path, 0700) && errno != EEXIST) return -1;
        *slash = '/';
    }
    return mkdir(path, 0700) && errno != EEXIST ? -1 : 0;
}

int lp_posix_kv_open(struct lp_posix_kv *k, const char *folder)
{
    memset(k, 0, sizeof *k);
    k->kv = (struct lp_kv){kv_get, kv_put, kv_del};
    k->dir = make_folder(folder) ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (k->dir < 0) return LP_ERR_STORE;
    if (flock(k->dir, LOCK_EX | LOCK_NB) == 0) return 0;
    int held = errno == EWOULDBLOCK;
    lp_posix_kv_close(k);
    return held ? LP_ERR_STATE : LP_ERR_STORE;
}

void lp_posix_kv_close(struct lp_posix_kv *k)
{
    if (k->dir >= 0) close(k->dir);
    k->dir = -1;
}

/* "00a1", and "00a1.tmp" that a power cut left behind. */
static bool is_ours(const char *name)
{
    return strspn(name, "0123456789abcdef") == 4 && (name[4] == 0 || !strcmp(name + 4, ".tmp"));
}

int lp_posix_kv_clear(struct lp_posix_kv *k)
{
    int err = 0, fd = openat(k->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        if (fd >= 0) close(fd);
        return LP_ERR_STORE;
    }
    for (struct dirent *e; (e = readdir(d));)
        if (is_ours(e->d_name) && unlinkat(k->dir, e->d_name, 0)) err = LP_ERR_STORE;
    closedir(d);
    return fsync(k->dir) ? LP_ERR_STORE : err;
}
