#include "client-gateway/cli/remote_path.h"

#include "core/cap/parse.h"
#include "core/codec/utf8.h"
#include "core/net/http_message.h"

namespace tarn::gateway::cli {

namespace {

std::string_view withoutSpaces(std::string_view text)
{
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

RemotePath splitCap(std::string_view text)
{
    constexpr std::string_view kOldSeparator = ":./";
    if (const std::size_t at = text.find(kOldSeparator); at != std::string_view::npos)
        return {std::string(text.substr(0, at)),
                std::string(text.substr(at + kOldSeparator.size()))};
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) return {std::string(text), {}};
    return {std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

Result<std::string> directoryOf(const Aliases& aliases, std::string_view name)
{
    const auto found = aliases.find(name);
    const std::string quoted = "'" + std::string(name) + "'";
    if (found == aliases.end()) {
        return Error(ErrorCode::NotFound,
                     "Unknown alias " + quoted +
                         ", please create it with 'tarn add-alias' or 'tarn create-alias'.");
    }
    const Result<cap::Cap> parsed = cap::parseKnownCap(found->second);
    if (!parsed || !cap::isDirectory(*parsed))
        return Error(ErrorCode::InvalidInput, "alias " + quoted + " is not of a directory");
    return cap::printCap(*parsed);
}

Result<RemotePath> belowDefault(const Aliases& aliases, std::string_view path)
{
    if (!aliases.contains(kDefaultAlias)) {
        return Error(ErrorCode::NotFound,
                     "No alias specified, and the default 'tahoe' alias doesn't exist. To create "
                     "it, use 'tarn create-alias tahoe'.");
    }
    TARN_TRY(std::string cap, directoryOf(aliases, kDefaultAlias));
    return RemotePath{std::move(cap), std::string(path)};
}

} // namespace

std::string RemotePath::target(std::string_view query) const
{
    std::string text = "/uri/" + net::percentEncode(cap);
    std::string_view rest = path;
    while (!rest.empty()) {
        const std::string_view part = rest.substr(0, rest.find('/'));
        text += "/" + net::percentEncode(part);
        rest.remove_prefix(part.size());
        if (rest == "/") text += "/"; // a slash at the end stays
        if (!rest.empty()) rest.remove_prefix(1);
    }
    return text + std::string(query);
}

std::string RemotePath::name() const
{
    return path.substr(path.rfind('/') + 1); // npos + 1 is 0
}

Result<std::optional<RemotePath>> resolveUnlessLocal(const Aliases& aliases,
                                                     std::string_view argument)
{
    const std::string_view text = withoutSpaces(argument);
    if (cap::looksLikeCap(text)) return std::optional(splitCap(text));
    const std::size_t colon = text.find(':');
    const bool hasAlias = colon != std::string_view::npos && text.find('/') > colon;
    if (!hasAlias) return std::optional<RemotePath>();
    if (!codec::isUtf8(asBytes(text)))
        return Error(ErrorCode::InvalidInput, "a name on the grid must be UTF-8");
    TARN_TRY(std::string cap, directoryOf(aliases, text.substr(0, colon)));
    return std::optional(RemotePath{std::move(cap), std::string(text.substr(colon + 1))});
}

Result<RemotePath> resolveRemote(const Aliases& aliases, std::string_view argument)
{
    TARN_TRY(std::optional<RemotePath> remote, resolveUnlessLocal(aliases, argument));
    if (remote) return *std::move(remote);
    const std::string_view path = withoutSpaces(argument);
    if (!codec::isUtf8(asBytes(path)))
        return Error(ErrorCode::InvalidInput, "a name on the grid must be UTF-8");
    return belowDefault(aliases, path);
}

} // namespace tarn::gateway::cli
