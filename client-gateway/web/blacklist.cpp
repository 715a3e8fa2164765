#include "client-gateway/web/blacklist.h"

#include "client-gateway/web/arguments.h"
#include "core/base/log.h"
#include "core/cap/parse.h"
#include "core/codec/base32.h"
#include "core/node/files.h"

#include <algorithm>

namespace tarn::gateway::web {

namespace {

constexpr std::size_t kMaxFileBytes = 16U << 20U;
constexpr Duration kLookEvery = std::chrono::seconds(1);
constexpr std::size_t kIndexBytes = 16;

} // namespace

Result<Prohibitions> parseBlacklist(std::string_view text)
{
    Prohibitions out;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trim(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
        const Result<Bytes> index = codec::decodeBase32Lax(line.substr(0, blank));
        const std::string_view reason = trim(line.substr(blank));
        if (!index || index->size() != kIndexBytes || reason.empty()) {
            return Error(ErrorCode::InvalidInput, "access.blacklist line " +
                                                      std::to_string(number) +
                                                      ": it must be a storage index and a reason");
        }
        out.insert_or_assign(codec::encodeBase32(*index), std::string(reason));
    }
    return out;
}

Blacklist::Blacklist(std::string path, Clock& clock, WorkPool& disk)
    : m_path(std::move(path)), m_clock(clock), m_disk(disk)
{
}

asio::awaitable<void> Blacklist::refresh()
{
    const TimePoint now = m_clock.now();
    if (m_looked && now - *m_looked < kLookEvery) co_return;
    m_looked = now;
    auto job = [path = m_path] { return node::readFileBlocking(path, kMaxFileBytes); };
    const Result<Bytes> read = co_await runOn(m_disk, std::move(job));
    const bool missing = !read && read.error().code() == ErrorCode::NotFound;
    const std::string text = read ? std::string(asText(*read)) : std::string();
    if (read && text == m_text) co_return;
    if (read || missing) m_text = text;
    Result<Prohibitions> entries =
        read || missing ? parseBlacklist(text) : Result<Prohibitions>(read.error());
    if (entries) {
        m_entries = *std::move(entries);
    } else {
        m_problem = entries.error().message();
        TARN_LOG(Error, Web, "access.blacklist is not in force as it stands",
                 {"reason", entries.error().message()});
    }
}

Result<void> Blacklist::check(const cap::Cap& file) const
{
    if (!m_entries)
        return Error(ErrorCode::Unauthorized,
                     "Access Prohibited: no list of what is prohibited: " + m_problem);
    if (m_entries->empty()) return ok();
    const std::optional<StorageIndex> index = cap::storageIndexOf(file);
    if (!index) return ok();
    const auto found = m_entries->find(codec::encodeBase32(*index));
    if (found == m_entries->end()) return ok();
    return Error(ErrorCode::Unauthorized, "Access Prohibited: " + found->second);
}

Result<void> Blacklist::checkText(std::string_view cap) const
{
    if (m_entries && m_entries->empty()) return ok();
    return check(cap::parseCap(cap));
}

} // namespace tarn::gateway::web
