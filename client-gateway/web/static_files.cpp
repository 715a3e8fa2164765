#include "client-gateway/web/static_files.h"

#include "client-gateway/web/content_type.h"
#include "core/node/files.h"

#include <sys/stat.h>

namespace tarn::gateway::web {

namespace {

constexpr std::string_view kIndex = "index.html";

/// A hidden file is none for others, and neither are the ways up.
bool isPlainName(const std::string& name)
{
    return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
           name.find('\0') == std::string::npos;
}

Result<Bytes> readBlocking(std::string path)
{
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0)
        return Error(ErrorCode::NotFound, "there is no such file below /static");
    if (S_ISDIR(info.st_mode)) {
        path += '/';
        path += kIndex;
        if (::stat(path.c_str(), &info) != 0)
            return Error(ErrorCode::NotFound, "this folder below /static has no index.html");
    }
    if (!S_ISREG(info.st_mode)) return Error(ErrorCode::NotFound, "this is not a file");
    if (static_cast<std::uint64_t>(info.st_size) > StaticFiles::kLargest)
        return Error(ErrorCode::TooLarge, "files below /static have at most 16 MiB");
    return node::readFileBlocking(path, StaticFiles::kLargest);
}

} // namespace

asio::awaitable<Result<Bytes>> StaticFiles::read(std::vector<std::string> names) const
{
    std::string path = m_directory;
    for (const std::string& name : names) {
        if (!isPlainName(name))
            co_return Error(ErrorCode::InvalidInput, "a name below /static begins with a dot or "
                                                     "has a slash in it");
        path += '/';
        path += name;
    }
    auto job = [&path] { return readBlocking(path); };
    co_return co_await runOn(m_disk, std::move(job));
}

asio::awaitable<Result<void>> serveStatic(Call& call)
{
    if (call.method() != "GET" && !call.isHead())
        co_return call.refuseMethod("/static takes GET and HEAD");
    if (call.statics == nullptr)
        co_return Error(ErrorCode::NotFound, "this gateway has no files below /static");
    TARN_CO_TRY(const Bytes file, co_await call.statics->read(call.route.names));
    const std::string name = call.route.names.empty() || call.route.asFolder
                                 ? std::string(kIndex)
                                 : call.route.names.back();
    Reply reply;
    reply.contentType = std::string(contentTypeOf(name));
    reply.body = textOf(file);
    co_return co_await send(call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
