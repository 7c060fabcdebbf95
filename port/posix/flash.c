/* SPDX-License-Identifier: Apache-2.0
 *
 * flash.c - a file as NOR flash, and a folder with such a file as store. The file may be shorter than the flash: what
 * is behind its end is erased. Programming only clears bits, as on a chip.
 *
 * The disk is told to write (fdatasync) where order matters and not with each call: before an erase, before what does
 * not follow on what was programmed last, and before a single write unit. lp_store programs a record in one run and
 * seals it with a write unit, so a value costs one sync, and is on the disk when put returns. */
#include "posix/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "flash"
#define BANK      (1u << 20) /* half of what a state folder takes at most */

static struct lp_posix_flash *of(struct lp_flash *f)
{
    return (struct lp_posix_flash *)f;
}

static int read_all(int fd, uint8_t *p, size_t n, off_t at)
{
    for (ssize_t got; n > 0; p += got, n -= (size_t)got, at += got) {
        got = pread(fd, p, n, at);
        if (got < 0 && errno == EINTR)
            got = 0;
        else if (got <= 0)
            return LP_ERR_STORE;
    }
    return 0;
}

static int write_all(int fd, const uint8_t *p, size_t n, off_t at)
{
    for (ssize_t put; n > 0; p += put, n -= (size_t)put, at += put) {
        put = pwrite(fd, p, n, at);
        if (put < 0 && errno == EINTR)
            put = 0;
        else if (put <= 0)
            return LP_ERR_STORE;
    }
    return 0;
}

static int sync_file(struct lp_posix_flash *f)
{
    if (f->dirty && fdatasync(f->fd)) return LP_ERR_STORE;
    f->dirty = false;
    return 0;
}

static bool inside(const struct lp_flash *f, uint32_t at, size_t n)
{
    return at <= f->size && n <= f->size - at;
}

static int flash_read(struct lp_flash *flash, uint32_t at, void *p, size_t n)
{
    struct lp_posix_flash *f = of(flash);
    if (!inside(flash, at, n)) return LP_ERR_STORE;
    size_t there = at >= f->length ? 0 : f->length - at < n ? f->length - at : n;
    memset((uint8_t *)p + there, 0xff, n - there);
    return read_all(f->fd, p, there, at);
}

/* Erased bytes up to there. */
static int extend(struct lp_posix_flash *f, uint32_t to)
{
    uint8_t erased[4096];
    memset(erased, 0xff, sizeof erased);
    while (f->length < to) {
        uint32_t n = to - f->length < sizeof erased ? to - f->length : (uint32_t)sizeof erased;
        if (write_all(f->fd, erased, n, f->length)) return LP_ERR_STORE;
        f->length += n;
    }
    return 0;
}

static int flash_program(struct lp_flash *flash, uint32_t at, const void *p, size_t n)
{
    struct lp_posix_flash *f = of(flash);
    const uint8_t *from = p;
    uint8_t part[64];
    if (!inside(flash, at, n) || at % flash->write_unit || n % flash->write_unit)
        return LP_ERR_STORE;
    if ((at != f->next || n == flash->write_unit) && sync_file(f)) return LP_ERR_STORE;
    f->dirty = true;
    f->next = at + (uint32_t)n;
    if (extend(f, at)) return LP_ERR_STORE;
    for (size_t part_n; n > 0; n -= part_n, at += (uint32_t)part_n, from += part_n) {
        part_n = n < sizeof part ? n : sizeof part;
        if (flash_read(flash, at, part, part_n)) return LP_ERR_STORE;
        for (size_t i = 0; i < part_n; i++) part[i] &= from[i];
        if (write_all(f->fd, part, part_n, at)) return LP_ERR_STORE;
        if (f->length < at + part_n) f->length = at + (uint32_t)part_n;
    }
    return 0;
}

static int flash_erase(struct lp_flash *flash, uint32_t at)
{
    struct lp_posix_flash *f = of(flash);
    uint32_t end = at + flash->erase_unit;
    if (!inside(flash, at, flash->erase_unit) || at % flash->erase_unit || sync_file(f))
        return LP_ERR_STORE;
    uint8_t erased[4096];
    memset(erased, 0xff, sizeof erased);
    f->dirty = true;
    for (uint32_t n; at < end && at < f->length; at += n) {
        n = (end < f->length ? end : f->length) - at;
        if (n > sizeof erased) n = sizeof erased;
        if (write_all(f->fd, erased, n, at)) return LP_ERR_STORE;
    }
    return 0;
}

static int held(void)
{
    return errno == EWOULDBLOCK ? LP_ERR_STATE : LP_ERR_STORE;
}

int lp_posix_flash_open(struct lp_posix_flash *f, const char *path, uint32_t size,
                        uint32_t erase_unit, uint32_t write_unit)
{
    struct stat st;
    *f = (struct lp_posix_flash){
        .flash = {size, erase_unit, write_unit, flash_read, flash_program, flash_erase}};
    f->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (f->fd < 0) return LP_ERR_STORE;
    int err = flock(f->fd, LOCK_EX | LOCK_NB) ? held() : fstat(f->fd, &st) ? LP_ERR_STORE : 0;
    if (err) {
        lp_posix_flash_close(f);
        return err;
    }
    f->length = st.st_size > size ? size : (uint32_t)st.st_size;
    return 0;
}

int lp_posix_flash_wipe(struct lp_posix_flash *f)
{
    for (uint32_t at = 0; at < f->flash.size; at += f->flash.erase_unit)
        if (f->flash.erase(&f->flash, at)) return LP_ERR_STORE;
    return extend(f, f->flash.size) ? LP_ERR_STORE : sync_file(f);
}

void lp_posix_flash_close(struct lp_posix_flash *f)
{
    if (f->fd >= 0) {
        sync_file(f);
        int was = errno;
        close(f->fd);
        errno = was;
    }
    f->fd = -1;
}

/* ---- a folder as store --------------------------------------------------------------------------------------- */

/* mkdir -p, in path, which is written to on the way. */
static int make_folder(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(path, 0700) && errno != EEXIST) return -1;
        *slash = '/';
    }
    return mkdir(path, 0700) && errno != EEXIST ? -1 : 0;
}

/* A file that was made is there for good once its folder is on the disk. */
static int sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int err = fd < 0 || fsync(fd) ? LP_ERR_STORE : 0;
    if (fd >= 0) close(fd);
    return err;
}

int lp_posix_kv_open(struct lp_posix_kv *k, const char *folder)
{
    char path[4096];
    size_t n = strlen(folder);
    memset(k, 0, sizeof *k);
    k->flash.fd = -1;
    if (n == 0 || n + sizeof "/" FILE_NAME > sizeof path) {
        errno = n ? ENAMETOOLONG : ENOENT;
        return LP_ERR_STORE;
    }
    memcpy(path, folder, n + 1);
    if (make_folder(path)) return LP_ERR_STORE;
    memcpy(path + n, "/" FILE_NAME, sizeof "/" FILE_NAME);
    int err = lp_posix_flash_open(&k->flash, path, 2 * BANK, BANK, 1);
    if (err) return err;
    errno = EINVAL; /* a store of a newer version, unless a system call says otherwise */
    err = lp_store_open(&k->store, &k->flash.flash, 0, 2);
    if (!err) err = sync_folder(folder);
    if (err) lp_posix_kv_close(k);
    return err;
}

void lp_posix_kv_close(struct lp_posix_kv *k)
{
    lp_posix_flash_close(&k->flash);
}

int lp_posix_kv_clear(struct lp_posix_kv *k)
{
    if (ftruncate(k->flash.fd, 0)) return LP_ERR_STORE;
    k->flash.length = 0;
    k->flash.dirty = true;
    return lp_store_open(&k->store, &k->flash.flash, 0, 2);
}
