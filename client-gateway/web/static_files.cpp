#include "client-gateway/web/static_files.h"

#include "client-gateway/web/content_type.h"
#include "core/node/files.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

namespace tarn::gateway::web {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kIndex = "index.html";

/// A hidden file is none for others, and neither are the ways up.
bool isPlainName(const std::string& name)
{
    return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
           name.find('\0') == std::string::npos;
}

Error noSuchFile()
{
    return Error(ErrorCode::NotFound, "there is no such file below /static");
}

/// Where `path` leads after all symbolic links, unless that is outside of `root`.
Result<fs::path> placeBelow(const std::string& root, const fs::path& path)
{
    std::error_code failed;
    const fs::path top = fs::canonical(root, failed);
    if (failed) return noSuchFile();
    const fs::path place = fs::canonical(path, failed);
    if (failed) return noSuchFile();
    const auto [end, unused] = std::mismatch(top.begin(), top.end(), place.begin(), place.end());
    if (end != top.end()) return noSuchFile();
    return place;
}

Result<StaticFiles::Found> readBlocking(const std::string& root, const fs::path& path,
                                        bool asFolder)
{
    StaticFiles::Found out;
    TARN_TRY(fs::path place, placeBelow(root, path));
    struct stat info = {};
    if (::stat(place.c_str(), &info) != 0) return noSuchFile();
    out.folder = S_ISDIR(info.st_mode);
    out.name = path.filename();
    if (out.folder != asFolder) return out.folder ? Result<StaticFiles::Found>(out) : noSuchFile();
    if (out.folder) {
        out.name = kIndex;
        const Result<fs::path> index = placeBelow(root, path / kIndex);
        if (!index || ::stat(index->c_str(), &info) != 0)
            return Error(ErrorCode::NotFound, "this folder below /static has no index.html");
        place = *index;
    }
    if (!S_ISREG(info.st_mode)) return Error(ErrorCode::NotFound, "this is not a file");
    if (static_cast<std::uint64_t>(info.st_size) > StaticFiles::kLargest)
        return Error(ErrorCode::TooLarge, "files below /static have at most 16 MiB");
    TARN_TRY(out.bytes, node::readFileBlocking(place.string(), StaticFiles::kLargest));
    return out;
}

} // namespace

asio::awaitable<Result<StaticFiles::Found>> StaticFiles::read(std::vector<std::string> names,
                                                              bool asFolder) const
{
    fs::path path = m_directory;
    for (const std::string& name : names) {
        if (!isPlainName(name))
            co_return Error(ErrorCode::InvalidInput, "a name below /static begins with a dot or "
                                                     "has a slash in it");
        path /= name;
    }
    auto job = [&path, asFolder, this] { return readBlocking(m_directory, path, asFolder); };
    co_return co_await runOn(m_disk, std::move(job));
}

asio::awaitable<Result<void>> serveStatic(Call& call)
{
    if (call.method() != "GET" && !call.isHead())
        co_return call.refuseMethod("/static takes GET and HEAD");
    if (call.statics == nullptr)
        co_return Error(ErrorCode::NotFound, "this gateway has no files below /static");
    TARN_CO_TRY(StaticFiles::Found found,
                co_await call.statics->read(call.route.names, call.route.asFolder));
    if (found.folder && !call.route.asFolder) {
        std::string place(net::pathOf(call.exchange.head().target));
        place += '/';
        co_return co_await send(call.exchange, redirectReply(std::move(place)));
    }
    Reply reply;
    reply.contentType = std::string(contentTypeOf(found.name));
    reply.body = textOf(found.bytes);
    co_return co_await send(call.exchange, std::move(reply));
}

} // namespace tarn::gateway::web
