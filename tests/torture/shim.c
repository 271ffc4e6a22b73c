/* Counts the calls by which a process changes files below a folder, and at one of them kills it, lets the call fail,
 * takes a folder away from under it, or from there on lets every call take its time.
 *
 * Preloaded: TORTURE_UNDER names the folder, TORTURE_TAKEN the one that is taken away. Nothing happens before
 * torture_arm. The threads of a process share one count.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define DESCRIPTORS 65536
#define SLOW -1      /* every call from there on takes some milliseconds */
#define GONE -2      /* the folder is renamed to NAME.taken, and its place is empty */
#define UNMOUNTED -3 /* as GONE, with an empty folder in its place */
#define MICROSECONDS 3000

static long at = -1, calls = 0; /* -1: not counting, 0: counting alone */
static int error = 0, forever = 0;
static char ours[DESCRIPTORS];

void torture_arm(long number, int with_error, int for_ever) {
    if (number >= 0) calls = 0;
    at = number;
    error = with_error;
    forever = for_ever;
}

long torture_calls(void) { return calls; }

static int is_ours(const char *path) {
    const char *under = getenv("TORTURE_UNDER");
    return under && path && strncmp(path, under, strlen(under)) == 0;
}

#define REAL(name) ((__typeof__(name) *)dlsym(RTLD_NEXT, #name))

static void take_away(void) {
    const char *path = getenv("TORTURE_TAKEN");
    char taken[4096];
    if (!path) return;
    snprintf(taken, sizeof taken, "%s.taken", path);
    REAL(rename)(path, taken);
    if (error == UNMOUNTED) REAL(mkdir)(path, 0700);
}

/* Whether this call is to fail; it does not return where the process is to die. */
static int strikes(void) {
    if (at < 0) return 0;
    long number = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    if (at == 0 || number < at || (number > at && !forever)) return 0;
    if (!error) kill(getpid(), SIGKILL);
    if (error == SLOW) return usleep(MICROSECONDS), 0;
    if (error < 0) return take_away(), 0;
    errno = error;
    return 1;
}

#define STRIKE_PATH(path) do { if (is_ours(path) && strikes()) return -1; } while (0)
#define STRIKE_FD(fd) do { if ((fd) >= 0 && (fd) < DESCRIPTORS && ours[fd] && strikes()) return -1; } while (0)

static int opened(int fd, const char *path) {
    if (fd >= 0 && fd < DESCRIPTORS) ours[fd] = is_ours(path);
    return fd;
}

#define OPEN(name, before, given, ...)                                  \
    int name(before const char *path, int flags, ...) {                 \
        va_list more;                                                   \
        va_start(more, flags);                                          \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more);                                                   \
        if (flags & (O_WRONLY | O_RDWR | O_CREAT)) STRIKE_PATH(path);    \
        return opened(REAL(name)(given path, flags, mode), path);       \
    }
#define NOTHING
#define AT int folder,
#define ITS folder,
OPEN(open, NOTHING, NOTHING)
OPEN(open64, NOTHING, NOTHING)
OPEN(openat, AT, ITS)
OPEN(openat64, AT, ITS)

FILE *fopen(const char *path, const char *mode) {
    if (is_ours(path) && strpbrk(mode, "wa+") && strikes()) return NULL;
    return REAL(fopen)(path, mode);
}
FILE *fopen64(const char *path, const char *mode) {
    if (is_ours(path) && strpbrk(mode, "wa+") && strikes()) return NULL;
    return REAL(fopen64)(path, mode);
}
int close(int fd) {
    if (fd >= 0 && fd < DESCRIPTORS) ours[fd] = 0;
    return REAL(close)(fd);
}
ssize_t write(int fd, const void *data, size_t size) { STRIKE_FD(fd); return REAL(write)(fd, data, size); }
ssize_t writev(int fd, const struct iovec *data, int count) { STRIKE_FD(fd); return REAL(writev)(fd, data, count); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t to) { STRIKE_FD(fd); return REAL(pwrite)(fd, data, size, to); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t to) { STRIKE_FD(fd); return REAL(pwrite64)(fd, data, size, to); }
int fsync(int fd) { STRIKE_FD(fd); return REAL(fsync)(fd); }
int fdatasync(int fd) { STRIKE_FD(fd); return REAL(fdatasync)(fd); }
int ftruncate(int fd, off_t size) { STRIKE_FD(fd); return REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { STRIKE_FD(fd); return REAL(ftruncate64)(fd, size); }
int rename(const char *from, const char *to) { STRIKE_PATH(to); return REAL(rename)(from, to); }
int renameat(int a, const char *from, int b, const char *to) { STRIKE_PATH(to); return REAL(renameat)(a, from, b, to); }
int unlink(const char *path) { STRIKE_PATH(path); return REAL(unlink)(path); }
int unlinkat(int folder, const char *path, int flags) { STRIKE_PATH(path); return REAL(unlinkat)(folder, path, flags); }
int mkdir(const char *path, mode_t mode) { STRIKE_PATH(path); return REAL(mkdir)(path, mode); }
ssize_t sendfile(int to, int from, off_t *where, size_t size) { STRIKE_FD(to); return REAL(sendfile)(to, from, where, size); }
ssize_t sendfile64(int to, int from, off64_t *where, size_t size) { STRIKE_FD(to); return REAL(sendfile64)(to, from, where, size); }
