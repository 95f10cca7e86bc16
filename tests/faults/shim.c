/* Preloaded into every process of a sweep: counts what they do to files below one folder, and lets the n-th fail.

   FAULTS_BELOW  the folder, absolute
   FAULTS_PLAN   a file of 32 bytes that all processes share, four numbers: how many operations there were, whether the
                 n-th was reached, n (0: none fails), and how it fails: 1 the process dies before it, 2 it fails once
                 with EIO, 3 the disk is full from it on
   FAULTS_LOG    a file that gets a line for each operation: its number, the process, its name, its path */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, REACHED, AT, HOW };
enum { DIES = 1, FAILS = 2, FULL = 3 };
static uint64_t *shared;
static const char *below;
static size_t below_length;
static int journal = -1;

__attribute__((constructor)) static void begin(void) {
    below = getenv("FAULTS_BELOW");
    const char *plan = getenv("FAULTS_PLAN"), *log = getenv("FAULTS_LOG");
    if (!below || !plan) return;
    below_length = strlen(below);
    int file = syscall(SYS_openat, AT_FDCWD, plan, O_RDWR | O_CLOEXEC);
    if (file < 0) return;
    void *memory = mmap(NULL, 32, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    syscall(SYS_close, file);
    if (memory == MAP_FAILED) return;
    shared = memory;
    if (log && *log) {
        /* A high number: what closes all that it has open, or counts on 3, is not disturbed. */
        int low = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
        journal = syscall(SYS_fcntl, low, F_DUPFD_CLOEXEC, 900);
        syscall(SYS_close, low);
    }
}

static int is_below(const char *path) {
    return !strncmp(path, below, below_length) && (path[below_length] == '/' || path[below_length] == 0);
}

/* Whether this operation is to fail; errno is then set. It does not come back where the process is to die. */
static int fails(const char *name, const char *path, int takes_space) {
    if (!shared || !is_below(path)) return 0;
    int before = errno;
    uint64_t number = __atomic_add_fetch(&shared[COUNT], 1, __ATOMIC_SEQ_CST);
    if (journal >= 0) {
        char line[PATH_MAX + 100];
        int length = snprintf(line, sizeof line, "%lu\t%d\t%s\t%s\n", (unsigned long)number, getpid(), name,
                              path + below_length);
        syscall(SYS_write, journal, line, length);
    }
    errno = before;
    uint64_t at = shared[AT], how = shared[HOW];
    if (!at || number < at) return 0;
    if (number == at) shared[REACHED] = 1;
    if (how == FULL && (takes_space || number == at)) {
        errno = ENOSPC;
        return 1;
    }
    if (number != at) return 0;
    if (how == DIES) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
    errno = EIO;
    return how == FAILS;
}

static int fails_at(const char *name, int folder, const char *path, int takes_space) {
    if (!shared) return 0;
    char whole[PATH_MAX + PATH_MAX];
    if (path[0] != '/') {
        char link[64], place[PATH_MAX];
        if (folder == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
        else snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, place, sizeof place - 1);
        if (length < 0) return 0;
        place[length] = 0;
        snprintf(whole, sizeof whole, "%s/%s", place, path);
        path = whole;
    }
    return fails(name, path, takes_space);
}

static int fails_file(const char *name, int file, int takes_space) {
    if (!shared || file <= 2) return 0;
    char link[64], place[PATH_MAX];
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, place, sizeof place - 1);
    errno = before;
    if (length < 0) return 0;
    place[length] = 0;
    return fails(name, place, takes_space);
}

#define NEXT(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))
#define ON_FILE(type, name, takes_space, parameters, ...)                    \
    type name parameters {                                                   \
        static typeof(&name) next;                                           \
        if (!next) next = NEXT(name);                                        \
        return fails_file(#name, file, takes_space) ? -1 : next(__VA_ARGS__); \
    }
#define ON_PATH(name, takes_space, folder, path, parameters, ...)                   \
    int name parameters {                                                           \
        static typeof(&name) next;                                                  \
        if (!next) next = NEXT(name);                                               \
        return fails_at(#name, folder, path, takes_space) ? -1 : next(__VA_ARGS__); \
    }

ON_FILE(ssize_t, write, 1, (int file, const void *data, size_t size), file, data, size)
ON_FILE(ssize_t, pwrite, 1, (int file, const void *data, size_t size, off_t place), file, data, size, place)
ON_FILE(ssize_t, pwrite64, 1, (int file, const void *data, size_t size, off64_t place), file, data, size, place)
ON_FILE(ssize_t, writev, 1, (int file, const struct iovec *data, int number), file, data, number)
ON_FILE(ssize_t, sendfile64, 1, (int file, int from, off64_t *place, size_t size), file, from, place, size)
ON_FILE(ssize_t, sendfile, 1, (int file, int from, off_t *place, size_t size), file, from, place, size)
ON_FILE(ssize_t, copy_file_range, 1, (int from, off64_t *a, int file, off64_t *b, size_t size, unsigned flags), from, a,
        file, b, size, flags)
ON_FILE(int, fsync, 0, (int file), file)
ON_FILE(int, fdatasync, 0, (int file), file)
ON_FILE(int, ftruncate, 0, (int file, off_t size), file, size)
ON_FILE(int, ftruncate64, 0, (int file, off64_t size), file, size)
ON_PATH(rename, 0, AT_FDCWD, to, (const char *from, const char *to), from, to)
ON_PATH(renameat, 0, b, to, (int a, const char *from, int b, const char *to), a, from, b, to)
ON_PATH(unlink, 0, AT_FDCWD, path, (const char *path), path)
ON_PATH(unlinkat, 0, folder, path, (int folder, const char *path, int flags), folder, path, flags)
ON_PATH(rmdir, 0, AT_FDCWD, path, (const char *path), path)
ON_PATH(mkdir, 1, AT_FDCWD, path, (const char *path, mode_t mode), path, mode)
ON_PATH(mkdirat, 1, folder, path, (int folder, const char *path, mode_t mode), folder, path, mode)

/* A file that is there already needs no space to be opened. */
static int creates(int folder, const char *path, int flags) {
    struct stat found;
    return shared && flags & O_CREAT && fstatat(folder, path, &found, 0);
}

#define OPEN(name)                                                        \
    int name(const char *path, int flags, ...) {                          \
        static typeof(&name) next;                                        \
        if (!next) next = NEXT(name);                                     \
        va_list more;                                                     \
        va_start(more, flags);                                            \
        mode_t mode = va_arg(more, mode_t);                               \
        va_end(more);                                                     \
        int before = errno, new = creates(AT_FDCWD, path, flags);         \
        errno = before;                                                   \
        if (new && fails_at("create", AT_FDCWD, path, 1)) return -1;      \
        return next(path, flags, mode);                                   \
    }
OPEN(open)
OPEN(open64)
