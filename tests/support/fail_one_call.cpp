// fail_one_call: loaded before libc into a program under test (LD_PRELOAD), fails one call on files
// of certain folders. What tests/support/fail_at.py writes into TARN_FAIL_CONTROL says which.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

namespace {

/// Shared with the test.
struct Control
{
    std::atomic<std::int64_t> left;  ///< calls until the one that fails; 0 and below: none does
    std::atomic<std::int64_t> seen;  ///< calls so far
    std::atomic<std::int64_t> error; ///< errno
    std::array<char, 256> failed;    ///< the call that failed, in words
};

Control* openControl()
{
    const char* path = std::getenv("TARN_FAIL_CONTROL");
    if (!path) return nullptr;
    using Open = int (*)(const char*, int, ...);
    const auto really = reinterpret_cast<Open>(dlsym(RTLD_NEXT, "open"));
    const int file = really(path, O_RDWR | O_CLOEXEC);
    if (file < 0) return nullptr;
    void* at = mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    return at == MAP_FAILED ? nullptr : static_cast<Control*>(at);
}

Control* control()
{
    static Control* const one = openControl();
    return one;
}

bool watched(std::string_view path)
{
    const char* folders = std::getenv("TARN_FAIL_UNDER");
    std::string_view rest = folders ? folders : "";
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(':'), rest.size());
        if (end > 0 && path.substr(0, end) == rest.substr(0, end)) return true;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return false;
}

std::string pathOf(int file)
{
    std::array<char, 4096> target{};
    const std::string link = "/proc/self/fd/" + std::to_string(file);
    const ssize_t size = readlink(link.c_str(), target.data(), target.size());
    return size > 0 ? std::string(target.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string pathOf(int folder, const char* name)
{
    if (name[0] == '/' || folder == AT_FDCWD) return name;
    return pathOf(folder) + "/" + name;
}

/// Counts the call. \return whether it is the one that fails; errno is set then.
bool fails(const char* call, const std::string& path)
{
    const int before = errno;
    Control* const shared = control();
    if (!shared || !watched(path)) {
        errno = before;
        return false;
    }
    ++shared->seen;
    if (shared->left <= 0 || --shared->left != 0) {
        errno = before;
        return false;
    }
    std::snprintf(shared->failed.data(), shared->failed.size(), "%s %s", call, path.c_str());
    errno = static_cast<int>(shared->error.load());
    return true;
}

template <class Function>
Function really(const char* name)
{
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

mode_t modeIn(va_list arguments, int flags)
{
    const bool has = (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
    return has ? va_arg(arguments, mode_t) : 0;
}

} // namespace

#define OPEN(name)                                                                                 \
    extern "C" int name(const char* path, int flags, ...)                                          \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        const mode_t mode = modeIn(arguments, flags);                                              \
        va_end(arguments);                                                                         \
        if (fails(#name, path)) return -1;                                                         \
        static const auto real = really<int (*)(const char*, int, ...)>(#name);                    \
        return real(path, flags, mode);                                                            \
    }
OPEN(open)
OPEN(open64)

#define OPEN_AT(name)                                                                              \
    extern "C" int name(int folder, const char* path, int flags, ...)                              \
    {                                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, flags);                                                                \
        const mode_t mode = modeIn(arguments, flags);                                              \
        va_end(arguments);                                                                         \
        if (fails(#name, pathOf(folder, path))) return -1;                                         \
        static const auto real = really<int (*)(int, const char*, int, ...)>(#name);               \
        return real(folder, path, flags, mode);                                                    \
    }
OPEN_AT(openat)
OPEN_AT(openat64)

/// Calls that begin with an open file and take further arguments.
#define ON_FILE(result, name, attributes, parameters, arguments)                                   \
    extern "C" result name parameters attributes                                                   \
    {                                                                                              \
        if (fails(#name, pathOf(file))) return -1;                                                 \
        static const auto real = really<result(*) parameters>(#name);                              \
        return real arguments;                                                                     \
    }
ON_FILE(ssize_t, read, , (int file, void* into, size_t size), (file, into, size))
ON_FILE(ssize_t, pread, , (int file, void* into, size_t size, off_t at), (file, into, size, at))
ON_FILE(ssize_t, pread64, , (int file, void* into, size_t size, off64_t at), (file, into, size, at))
ON_FILE(ssize_t, write, , (int file, const void* from, size_t size), (file, from, size))
ON_FILE(ssize_t, pwrite, , (int file, const void* from, size_t size, off_t at),
        (file, from, size, at))
ON_FILE(ssize_t, pwrite64, , (int file, const void* from, size_t size, off64_t at),
        (file, from, size, at))
ON_FILE(ssize_t, pwritev, , (int file, const iovec* parts, int count, off_t at),
        (file, parts, count, at))
ON_FILE(int, fsync, , (int file), (file))
ON_FILE(int, fdatasync, , (int file), (file))
ON_FILE(int, ftruncate, noexcept, (int file, off_t size), (file, size))
ON_FILE(int, ftruncate64, noexcept, (int file, off64_t size), (file, size))
ON_FILE(int, fchmod, noexcept, (int file, mode_t mode), (file, mode))

/// Calls on a name.
#define ON_NAME(name, path, parameters, arguments)                                                 \
    extern "C" int name parameters noexcept                                                        \
    {                                                                                              \
        if (fails(#name, path)) return -1;                                                         \
        static const auto real = really<int(*) parameters>(#name);                                 \
        return real arguments;                                                                     \
    }
ON_NAME(rename, to, (const char* from, const char* to), (from, to))
ON_NAME(unlink, name, (const char* name), (name))
ON_NAME(unlinkat, pathOf(folder, name), (int folder, const char* name, int flags),
        (folder, name, flags))
ON_NAME(mkdir, name, (const char* name, mode_t mode), (name, mode))
